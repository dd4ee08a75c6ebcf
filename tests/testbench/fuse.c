/* A file system that computes its counters at the read, spoken directly to /dev/fuse.
 *
 * The protocol is that of <linux/fuse.h> and Documentation/filesystems/fuse.rst.
 * Files are opened for direct I/O: every read comes here. File modes are real: a
 * mode without read permission for others refuses everybody, root included, since
 * the tests that need it often run as root.
 *
 * On leaving, the file system is unmounted lazily.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>

#define BUFFER_SIZE (128 * 1024)
#define MAX_OPEN 4096
#define FOREVER_S 3600
#define SYSFS_FILE_SIZE 4096 /* what sysfs says of every file */

struct open_file {
    int is_open;
    size_t length;
    char text[256];
};

static struct plan *plan;
static int device_fd;
static struct open_file open_files[MAX_OPEN];

static void reply(const struct fuse_in_header *in, int error, const void *body, size_t size)
{
    static struct {
        struct fuse_out_header header;
        char body[BUFFER_SIZE];
    } out;
    out.header.unique = in->unique;
    out.header.error = -error;
    out.header.len = sizeof out.header + (error ? 0 : size);
    if (!error && size)
        memcpy(out.body, body, size);
    if (write(device_fd, &out, out.header.len) < 0 && errno != ENOENT) /* ENOENT: interrupted */
        perror("powercapd: reply");
}

static struct node *node_of(uint64_t id)
{
    return id >= 1 && id <= (uint64_t)plan->count ? &plan->nodes[id - 1] : NULL;
}

static struct truth_device *device_of(const struct node *node)
{
    return &plan->truth->devices[node->slot];
}

static uint32_t mode_of(const struct node *node)
{
    switch (node->kind) {
    case FOLDER: return S_IFDIR | 0755;
    case LINK: return S_IFLNK | 0777;
    case TEXT: return S_IFREG | 0444;
    default: return S_IFREG | (device_of(node)->mode & 07777);
    }
}

static void fill_attr(const struct node *node, struct fuse_attr *attr)
{
    memset(attr, 0, sizeof *attr);
    attr->ino = node - plan->nodes + 1;
    attr->mode = mode_of(node);
    attr->nlink = node->kind == FOLDER ? 2 : 1;
    attr->blksize = SYSFS_FILE_SIZE;
    attr->size = node->kind == LINK     ? strlen(node->value)
                 : node->kind == FOLDER ? 0
                                        : SYSFS_FILE_SIZE;
}

/* A counter's mode may change at any time, the rest never does. */
static uint64_t attr_valid_s(const struct node *node)
{
    return node->kind == COUNTER ? 0 : FOREVER_S;
}

static void init(const struct fuse_in_header *in, const struct fuse_init_in *asked)
{
    struct fuse_init_out out = {
        .major = FUSE_KERNEL_VERSION,
        .minor = FUSE_KERNEL_MINOR_VERSION,
        .max_readahead = asked->max_readahead,
        .max_write = SYSFS_FILE_SIZE,
        .time_gran = 1,
    };
    reply(in, 0, &out, sizeof out);
}

static void lookup(const struct fuse_in_header *in, const char *name)
{
    struct node *folder = node_of(in->nodeid);
    struct fuse_entry_out out = {0};
    for (int i = 1; i < plan->count; i++) {
        struct node *node = &plan->nodes[i];
        if (&plan->nodes[node->parent] == folder && strcmp(node->name, name) == 0) {
            out.nodeid = i + 1;
            out.entry_valid = FOREVER_S;
            out.attr_valid = attr_valid_s(node);
            fill_attr(node, &out.attr);
            reply(in, 0, &out, sizeof out);
            return;
        }
    }
    reply(in, ENOENT, NULL, 0);
}

static void getattr(const struct fuse_in_header *in, const struct node *node)
{
    struct fuse_attr_out out = {.attr_valid = attr_valid_s(node)};
    fill_attr(node, &out.attr);
    reply(in, 0, &out, sizeof out);
}

/* chmod of a counter turns the device's knob, so that a remedy can be tried. */
static void setattr(const struct fuse_in_header *in, const struct node *node,
                    const struct fuse_setattr_in *wanted)
{
    if (wanted->valid & FATTR_MODE) {
        if (node->kind != COUNTER || in->uid != 0) {
            reply(in, EPERM, NULL, 0);
            return;
        }
        device_of(node)->mode = wanted->mode & 07777;
    }
    getattr(in, node);
}

static void access_check(const struct fuse_in_header *in, const struct node *node, uint32_t mask)
{
    int refused = (mask & R_OK && !(mode_of(node) & S_IROTH)) ||
                  (mask & W_OK && node->kind != FOLDER);
    reply(in, refused ? EACCES : 0, NULL, 0);
}

static void open_file(const struct fuse_in_header *in, const struct node *node, uint32_t flags)
{
    struct fuse_open_out out = {.open_flags = FOPEN_DIRECT_IO};
    if ((flags & O_ACCMODE) != O_RDONLY || !(mode_of(node) & S_IROTH)) {
        reply(in, EACCES, NULL, 0);
        return;
    }
    while (out.fh < MAX_OPEN && open_files[out.fh].is_open)
        out.fh++;
    if (out.fh == MAX_OPEN) {
        reply(in, ENFILE, NULL, 0);
        return;
    }
    open_files[out.fh] = (struct open_file){.is_open = 1};
    reply(in, 0, &out, sizeof out);
}

/* Write a node's line as it is now; 0 or an errno. */
static int show(const struct node *node, struct open_file *file)
{
    struct truth_reading reading;
    if (node->kind != COUNTER) {
        file->length = snprintf(file->text, sizeof file->text, "%s\n", node->value);
        return 0;
    }
    switch (truth_read(plan->truth, node->slot, &reading)) {
    case TRUTH_LOST: return ENODEV;
    case TRUTH_FAILING: return EIO;
    default:
        file->length =
            snprintf(file->text, sizeof file->text, "%lld\n", (long long)reading.counter);
        return 0;
    }
}

/* As in sysfs, a read from the start takes a new value and later ones go on in it. */
static void read_file(const struct fuse_in_header *in, const struct node *node,
                      const struct fuse_read_in *asked)
{
    struct open_file *file = &open_files[asked->fh];
    size_t size;
    int error = asked->offset == 0 ? show(node, file) : 0;
    size = asked->offset < file->length ? file->length - asked->offset : 0;
    if (size > asked->size)
        size = asked->size;
    reply(in, error, file->text + (size ? asked->offset : 0), size);
}

static void release_file(const struct fuse_in_header *in, const struct fuse_release_in *released)
{
    open_files[released->fh].is_open = 0;
    reply(in, 0, NULL, 0);
}

static size_t add_entry(char *buffer, size_t used, size_t room, uint64_t ino, uint64_t offset,
                        uint32_t mode, const char *name)
{
    struct fuse_dirent *entry = (struct fuse_dirent *)(buffer + used);
    size_t size = FUSE_REC_ALIGN(FUSE_NAME_OFFSET + strlen(name));
    if (used + size > room)
        return 0;
    memset(entry, 0, size);
    entry->ino = ino;
    entry->off = offset;
    entry->namelen = strlen(name);
    entry->type = mode >> 12;
    memcpy(entry->name, name, entry->namelen);
    return size;
}

/* Offsets count ".", "..", and then all nodes, whether they are in the folder or not. */
static void read_folder(const struct fuse_in_header *in, const struct node *folder,
                        const struct fuse_read_in *asked)
{
    static char buffer[BUFFER_SIZE];
    size_t room = asked->size < sizeof buffer ? asked->size : sizeof buffer, used = 0;
    int index = folder - plan->nodes;
    for (uint64_t at = asked->offset; at < (uint64_t)plan->count + 2; at++) {
        const struct node *node = at == 0   ? folder
                                  : at == 1 ? &plan->nodes[folder->parent]
                                            : &plan->nodes[at - 2];
        const char *name = at == 0 ? "." : at == 1 ? ".." : node->name;
        size_t size;
        if (at >= 2 && (node->parent != index || at == 2))
            continue;
        size = add_entry(buffer, used, room, node - plan->nodes + 1, at + 1, mode_of(node), name);
        if (!size)
            break;
        used += size;
    }
    reply(in, 0, buffer, used);
}

static void handle(const struct fuse_in_header *in, const void *body)
{
    const struct node *node = node_of(in->nodeid);
    struct fuse_open_out opened = {0};
    struct fuse_statfs_out space = {.st = {.bsize = 4096, .namelen = 255, .frsize = 4096}};
    switch (in->opcode) {
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT: return; /* these want no answer */
    case FUSE_INIT: init(in, body); return;
    case FUSE_STATFS: reply(in, 0, &space, sizeof space); return;
    case FUSE_DESTROY: reply(in, 0, NULL, 0); return;
    }
    if (!node) {
        reply(in, ENOENT, NULL, 0);
        return;
    }
    switch (in->opcode) {
    case FUSE_LOOKUP: lookup(in, body); return;
    case FUSE_GETATTR: getattr(in, node); return;
    case FUSE_SETATTR: setattr(in, node, body); return;
    case FUSE_ACCESS: access_check(in, node, ((const struct fuse_access_in *)body)->mask); return;
    case FUSE_READLINK: reply(in, 0, node->value, strlen(node->value)); return;
    case FUSE_OPEN: open_file(in, node, ((const struct fuse_open_in *)body)->flags); return;
    case FUSE_READ: read_file(in, node, body); return;
    case FUSE_OPENDIR: reply(in, 0, &opened, sizeof opened); return;
    case FUSE_READDIR: read_folder(in, node, body); return;
    case FUSE_RELEASE: release_file(in, body); return;
    case FUSE_RELEASEDIR: reply(in, 0, NULL, 0); return;
    default: reply(in, ENOSYS, NULL, 0);
    }
}

static int mount_at(const char *mountpoint)
{
    char options[128];
    device_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (device_fd < 0)
        return -1;
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%u,group_id=%u,allow_other",
             device_fd, getuid(), getgid());
    return mount("powercap", mountpoint, "fuse.powercapd", MS_NOSUID | MS_NODEV, options);
}

/* False once standard input has ended or somebody else has unmounted. */
static int serve_next(void)
{
    static _Alignas(8) char buffer[BUFFER_SIZE];
    struct pollfd sources[] = {
        {.fd = device_fd, .events = POLLIN},
        {.fd = STDIN_FILENO, .events = POLLIN},
    };
    if (poll(sources, 2, -1) < 0)
        return errno == EINTR;
    if (sources[0].revents) {
        ssize_t size = read(device_fd, buffer, sizeof buffer);
        if (size >= (ssize_t)sizeof(struct fuse_in_header))
            handle((struct fuse_in_header *)buffer, buffer + sizeof(struct fuse_in_header));
        else if (size < 0 && errno != EINTR && errno != EAGAIN && errno != ENOENT)
            return 0;
    }
    if (sources[1].revents)
        return read(STDIN_FILENO, buffer, sizeof buffer) > 0;
    return 1;
}

int serve_fuse(struct plan *served, const char *mountpoint)
{
    plan = served;
    if (mount_at(mountpoint) < 0) {
        fprintf(stderr, "powercapd: cannot mount on %s: %s\n", mountpoint, strerror(errno));
        return 1;
    }
    announce_ready();
    while (serve_next())
        ;
    umount2(mountpoint, MNT_DETACH);
    return 0;
}
