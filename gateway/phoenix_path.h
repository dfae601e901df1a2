/*
 * Paths as programs mean them: without "." and "..", with symbolic links followed. What that
 * system's library does step by step is done here, for those who have no such library.
 */
#pragma once

#include "gateway/phoenix_walk.h"

#define PHOENIX_LINKS_MAX 32u   /* symbolic links followed for one path */
#define PHOENIX_PATH_SIZE 4096u /* octets of one that is put together, with its NUL */
#define PHOENIX_S_IFMT 0xf000u  /* of modes */
#define PHOENIX_S_IFDIR 0x4000u
#define PHOENIX_S_IFREG 0x8000u
#define PHOENIX_S_IFLNK 0xa000u

struct phoenix_path {
    struct phoenix_walk walk; /* its first member; fil and dev are in it */
    struct phoenix_ask link;  /* reads symbolic links */
    struct phoenix_outcome outcome;
    bool is_nameless; /* no name leads there: outcome.err is -ENOENT */
    bool is_missing;  /* with -ENOENT: there is its directory, walk.dev; name is not */
    const char *name; /* the last one of the path, when that is missing */
    uint32_t mode;    /* 0: the server does not tell */
    const char *step; /* the message that outcome is of */
    /* how far it has come */
    enum { PHOENIX_WHOLE, PHOENIX_PARENT, PHOENIX_STEP } asking;
    bool has_parents; /* ".." is in it */
    uint32_t n_links;
    char done[PHOENIX_PATH_SIZE]; /* without links */
    char rest[PHOENIX_PATH_SIZE];
    bool is_absolute, has_stepped, is_beginning, is_over;
    /* The outcome is there; may deinit it. */
    void (*found)(struct phoenix_path *path);
};

/* On behalf of @session; found and walk.ask.ended are to be set, until_ms by
 * phoenix_path_limit(). */
void phoenix_path_init(struct phoenix_path *path, struct session *session);
void phoenix_path_limit(struct phoenix_path *path, uint64_t until_ms);
void phoenix_path_deinit(struct phoenix_path *path);

/* Begins. False: its outcome is there already, and nothing else is told. */
VIA_MUST_USE bool phoenix_path_begin(struct phoenix_path *path, const char *text, size_t size);
/* It is not wanted any more: over as soon as whoever is asked has said whether it saw that. */
void phoenix_path_cancel(struct phoenix_path *path);
