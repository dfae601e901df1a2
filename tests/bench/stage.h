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

struct stage {
    char folder[64]; /* of its sockets and certificates */
    struct child gateway, service, echo;
    struct child drivers[N_SUBJECTS];
};

/* Starts everything; @onecore: on one core. 0 on success; stage_end() it either way. */
int stage_start(struct stage *stage, const char *self, bool onecore);
void stage_end(struct stage *stage);

extern const char *const subject_names[N_SUBJECTS];
