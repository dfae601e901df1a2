/*
 * What JSON sessions do with a path of the family phoenix in one request: read, write, list, stat.
 * Each is a chain of messages, as a client would send them: the path, mtOpen, what is wanted,
 * mtClose.
 *
 * json_phoenix.c has a request's life and its answer, json_phoenix_chain.c the messages.
 */
#pragma once

#include "gateway/json_session.h"
#include "gateway/phoenix_path.h"

#define JSON_PHOENIX_READ 65536u           /* octets that are read without a size */
#define JSON_PHOENIX_READ_MAX (1u << 20)   /* at most */
#define JSON_PHOENIX_LIST_MAX 1000u        /* entries in one list */
#define JSON_PHOENIX_TEXTS_MAX (64u << 20) /* octets of contents that wait, of one session */
#define JSON_PHOENIX_MODE 0100644u         /* of a file that is made */

enum json_phoenix_stage {
    JSON_PHOENIX_PATH,
    JSON_PHOENIX_CREATE,
    JSON_PHOENIX_OPEN,
    JSON_PHOENIX_TRUNCATE,
    JSON_PHOENIX_WORK,
    JSON_PHOENIX_SIZE,
    JSON_PHOENIX_CLOSE
};

struct json_phoenix {
    struct phoenix_path path; /* its first member */
    struct phoenix_ask ask;   /* behind the path */
    struct loop_timer timer;
    struct json_session *session;
    struct json_batch *batch;
    struct json_phoenix *next, **linkp; /* of the session's */
    enum jsonrpc_method method;
    enum json_phoenix_stage stage;
    struct json_span json_id;    /* in memory of its own; text NULL: no answer is wanted */
    struct json_span text;       /* the path, likewise */
    struct phoenix_place opened; /* what has been opened, or is to be */
    bool is_open;
    bool is_stopped; /* it is not wanted any more: what is open is closed, that is all */
    bool creates, truncates;
    int64_t offs;
    uint32_t size; /* READ: octets; LIST: entries */
    uint32_t n;    /* LIST: entries so far */
    uint8_t *data; /* owned; of a write */
    size_t n_data;
    struct buffer out; /* the data of its result, or empty */
    size_t n_counted;  /* octets of it and of data, in the session's phoenix_size */
    /* why there is none */
    const char *step;
    struct phoenix_outcome outcome;
};

/* VIA_OK: it will be answered, or has been. */
VIA_MUST_USE enum via_status json_phoenix_start(struct json_session *session,
                                                const struct jsonrpc_request *request,
                                                struct json_batch *batch,
                                                struct jsonrpc_fault *fault);

/* ---- for its two parts ---- */

/* The path has been found, or not. */
void json_phoenix_found(struct phoenix_path *path);
void json_phoenix_answered(struct phoenix_ask *ask, const struct phoenix_answer *answer);
/* Its data and out have other sizes than before. */
void json_phoenix_count(struct json_phoenix *file);
/* Its out is what there is to tell, or its step and outcome: answers and frees it. */
void json_phoenix_finish(struct json_phoenix *file);
