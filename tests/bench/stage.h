/*
 * The stage: all processes of one placement (on one core, or free), started together so that their
 * rounds can be interleaved.
 */
#pragma once

#include <stdbool.h>

#include "tests/bench/child.h"

enum subject {
    SUBJECT_UNIX,   /* raw Unix socket, no gateway */
    SUBJECT_ECHO,   /* plain libwebsockets wss echo, no gateway */
    SUBJECT_LOCAL,  /* client -unix-> gateway -unix-> service */
    SUBJECT_REMOTE, /* client -wss-> gateway -unix-> service */
    SUBJECT_JSON,   /* JSON over wss -> gateway -unix-> service */
    N_SUBJECTS
};

#define STAGE_PATH_MAX 128u
#define STAGE_SERVICE "bench.echo" /* the name of its service */

struct stage {
    char folder[64];                                    /* of its sockets and certificates */
    char local[STAGE_PATH_MAX], remote[STAGE_PATH_MAX]; /* addresses of the gateway */
    char port[16];
    char ca[STAGE_PATH_MAX], cert[STAGE_PATH_MAX], key[STAGE_PATH_MAX]; /* a client's */
    char server_cert[STAGE_PATH_MAX], server_key[STAGE_PATH_MAX];
    struct child gateway, service, echo;
    struct child drivers[N_SUBJECTS];
};

/* Starts gateway and service alone, for suites with drivers of their own; @onecore: these and all
 * that is started later on one core. 0 on success; stage_end() it either way. */
int stage_start_gateway(struct stage *stage, const char *self, bool onecore);
/* Starts the rest for the calls' subjects: the same. */
int stage_start_subjects(struct stage *stage, const char *self);
/* A role of this program's as a client over TLS, with one argument. 0 once it is ready. */
int stage_start_remote(struct stage *stage, const char *self, const char *role,
                       const char *argument, struct child *child);
/* What a child's environment needs to come to @gateway, an address of the stage's or one that leads
 * to it; NULL: whatever the child is told otherwise. */
struct stage_settings {
    char gateway[STAGE_PATH_MAX + 32], ca[STAGE_PATH_MAX + 32], cert[STAGE_PATH_MAX + 32],
        key[STAGE_PATH_MAX + 32];
    const char *list[5];
};
void stage_make_settings(struct stage_settings *settings, const struct stage *stage,
                         const char *gateway);
/* Kills the gateway, and starts it again at the same addresses, with its own bound for handshakes.
 */
int stage_restart_gateway(struct stage *stage);
void stage_end(struct stage *stage);

extern const char *const subject_names[N_SUBJECTS];
