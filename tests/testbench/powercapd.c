/* Serves a powercap tree with live counters:  powercapd tree|fuse TRUTH FOLDER
 *
 * Standard input brings the plan, one node per line, parents first, then a line
 * "end":   folder\tPATH   link\tPATH\tTARGET   text\tPATH\tLINE   counter\tPATH\tDEVICE
 * When all is in place it prints "ready". It serves until standard input ends, so
 * it never outlives the process that holds the other end of the pipe.
 *
 * tree: real files, whose counters are rewritten each millisecond.
 * fuse: a file system mounted on FOLDER, whose counters are computed at the read.
 */
#define _GNU_SOURCE
#include "plan.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static struct plan plan;

static void fail(const char *what, const char *which)
{
    fprintf(stderr, "powercapd: %s: %s\n", what, which);
    exit(1);
}

static int find(const char *path)
{
    for (int i = 0; i < plan.count; i++)
        if (strcmp(plan.nodes[i].path, path) == 0)
            return i;
    return -1;
}

static void add_node(enum kind kind, const char *path, const char *value)
{
    struct node *node = &plan.nodes[plan.count];
    char *slash;
    if (plan.count == MAX_NODES)
        fail("too many nodes", path);
    node->kind = kind;
    node->path = strdup(path);
    node->value = strdup(value);
    slash = strrchr(node->path, '/');
    node->name = slash ? slash + 1 : node->path;
    if (slash)
        *slash = '\0';
    node->parent = slash ? find(node->path) : 0;
    if (slash)
        *slash = '/';
    if (node->parent < 0)
        fail("no folder for", path);
    if (kind == COUNTER && (node->slot = truth_slot(plan.truth, value)) < 0)
        fail("no such device in the truth", value);
    plan.count++;
}

static void read_plan(void)
{
    static const char *kinds[] = {"folder", "link", "text", "counter"};
    char line[1024];
    add_node(FOLDER, "", "");
    while (fgets(line, sizeof line, stdin) && strcmp(line, "end\n") != 0) {
        char *rest = line;
        char *kind = strsep(&rest, "\t\n");
        char *path = rest ? strsep(&rest, "\t\n") : NULL;
        char *value = rest ? strsep(&rest, "\n") : NULL;
        int k = 0;
        while (k < 4 && strcmp(kind, kinds[k]) != 0)
            k++;
        if (k == 4 || !path)
            fail("cannot understand", line);
        add_node(k, path, value ? value : "");
    }
}

void announce_ready(void)
{
    puts("ready");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        fail("usage", "powercapd tree|fuse TRUTH FOLDER");
    setvbuf(stdin, NULL, _IONBF, 0); /* what follows the plan is for poll() */
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    plan.truth = truth_open(argv[2]);
    if (!plan.truth)
        fail(argv[2], strerror(errno));
    read_plan();
    if (strcmp(argv[1], "tree") == 0)
        return serve_tree(&plan, argv[3]);
    if (strcmp(argv[1], "fuse") == 0)
        return serve_fuse(&plan, argv[3]);
    fail("no such way to serve", argv[1]);
}
