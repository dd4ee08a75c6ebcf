/* What powercapd serves: a tree of folders, links, texts and counters. */
#ifndef PLAN_H
#define PLAN_H

#include "truth.h"

#define MAX_NODES 1024

enum kind { FOLDER, LINK, TEXT, COUNTER };

struct node {
    enum kind kind;
    int parent;  /* index; the root is node 0 and its own parent */
    char *path;  /* relative to the root */
    char *name;  /* its last part */
    char *value; /* a link's target, a text's line */
    int slot;    /* a counter's device */
};

struct plan {
    struct truth *truth;
    struct node nodes[MAX_NODES];
    int count;
};

/* Serve until standard input ends; returns the exit status. */
int serve_tree(struct plan *plan, const char *root);
int serve_fuse(struct plan *plan, const char *mountpoint);

/* Say that everything is in place. */
void announce_ready(void);

#endif
