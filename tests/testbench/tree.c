/* Real files, whose counters are rewritten each millisecond.
 *
 * A counter is written in place with one pwrite of constant width (leading zeros),
 * so that no reader finds the file empty or short. A regular file cannot fail to
 * be read: while its device fails it is empty, which no reader takes for a number.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define PERIOD_NS 1000000

struct counter_file {
    int fd;
    int slot;
    int mode;
    int width;
    char shown[32];
};

static struct counter_file files[TRUTH_DEVICES * 4];
static int file_count;

static void must(int result, const char *path)
{
    if (result < 0) {
        fprintf(stderr, "powercapd: %s: %s\n", path, strerror(errno));
        exit(1);
    }
}

static void write_text(int folder, const struct node *node)
{
    int fd = openat(folder, node->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
    must(fd, node->path);
    dprintf(fd, "%s\n", node->value);
    close(fd);
}

static void open_counter(const struct plan *plan, int folder, const struct node *node)
{
    struct counter_file *file = &files[file_count++];
    int64_t wrap_range = plan->truth->devices[node->slot].wrap_range;
    must(file_count <= (int)(sizeof files / sizeof *files) ? 0 : -1, "too many counters");
    file->fd = openat(folder, node->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
    must(file->fd, node->path);
    file->slot = node->slot;
    file->mode = 0444;
    file->width = wrap_range > 0 ? snprintf(NULL, 0, "%lld", (long long)wrap_range) : 19;
}

static void make_nodes(const struct plan *plan, int folder)
{
    for (int i = 1; i < plan->count; i++) {
        const struct node *node = &plan->nodes[i];
        if (node->kind == FOLDER)
            must(mkdirat(folder, node->path, 0755), node->path);
        else if (node->kind == LINK)
            must(symlinkat(node->value, folder, node->path), node->path);
        else if (node->kind == TEXT)
            write_text(folder, node);
        else
            open_counter(plan, folder, node);
    }
}

static void refresh(const struct truth *truth, struct counter_file *file)
{
    struct truth_reading reading;
    char text[32];
    int length;
    int mode = truth->devices[file->slot].mode;
    if (mode != file->mode && fchmod(file->fd, mode) == 0)
        file->mode = mode;
    if (truth_read(truth, file->slot, &reading) != TRUTH_OK) {
        if (file->shown[0] && ftruncate(file->fd, 0) == 0)
            file->shown[0] = '\0';
        return;
    }
    length = snprintf(text, sizeof text, "%0*lld\n", file->width, (long long)reading.counter);
    if (strcmp(text, file->shown) != 0 && pwrite(file->fd, text, length, 0) == length)
        strcpy(file->shown, text);
}

/* Wait for the next millisecond; false once standard input has ended. */
static int next_period(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    struct timespec wait = {.tv_nsec = PERIOD_NS - truth_now_ns() % PERIOD_NS};
    char ignored[64];
    if (ppoll(&input, 1, &wait, NULL) <= 0)
        return 1;
    return read(STDIN_FILENO, ignored, sizeof ignored) > 0;
}

int serve_tree(struct plan *plan, const char *root)
{
    int folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(folder, root);
    make_nodes(plan, folder);
    prctl(PR_SET_TIMERSLACK, 1);
    setpriority(PRIO_PROCESS, 0, -10); /* fresh values on a busy machine, where allowed */
    for (int i = 0; i < file_count; i++)
        refresh(plan->truth, &files[i]);
    announce_ready();
    while (next_period())
        for (int i = 0; i < file_count; i++)
            refresh(plan->truth, &files[i]);
    return 0;
}
