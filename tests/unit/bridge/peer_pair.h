/*
 * A client's and a gateway's peer, joined by hand, each of whose callbacks writes a line into a log
 * that tests compare.
 */
#pragma once

#include "bridge/peer.h"
#include "bridge/pump.h"

#define PAIR_SESSION 7u /* the number of the one that may go on */

/* An object that a peer gives out, known in the logs by its name. */
struct thing {
    const char *name;
};

struct end {
    struct peer *peer; /* owned */
    const char *name;
    char log[8192];
    size_t log_size;
    bool welcomes;        /* a gateway that answers HELLO at once */
    bool is_brief;        /* payloads are not written into the log */
    bool keeps;           /* references stay imported; else they are released in the callback */
    struct pumps *pumps;  /* for descriptors that come as streams; NULL: they are turned away */
    bool resumes;         /* its sessions may go on over another link */
    uint64_t now_ms;      /* its clock */
    uint32_t coarse;      /* the other one */
    struct frame *answer; /* each two-way call is answered with it at once; NULL for not */
    bool is_full;         /* of descriptors of a frame it has room for n_room only */
    size_t n_room;
    int fds[FRAME_FDS_MAX]; /* of the last frame; owned */
    size_t n_fds;
};

struct pair {
    struct end client, gateway;
};

void pair_init(struct pair *pair, const struct peer_limits *client_limits,
               const struct peer_limits *gateway_limits);
/* The same, introduced to each other, with empty logs. */
void pair_init_ready(struct pair *pair, const struct peer_limits *client_limits,
                     const struct peer_limits *gateway_limits);
/* The same, and their session may go on over another link. */
void pair_init_resuming(struct pair *pair, const struct peer_limits *limits);
void pair_deinit(struct pair *pair);

/* Their link breaks, with all that is on it. */
void pair_break(struct pair *pair);
/* The client's HELLO on a new one has gone to the gateway, which has adopted it; nothing else has
 * moved. What peer_adopt() said. */
enum via_status pair_come_back(struct pair *pair);

/* Another peer of @end's kind, into which the state of the one it has may be loaded. */
struct peer *end_another_peer(struct end *end);

/* One end alone, and ready, for frames made by hand. */
void end_init_ready(struct end *end, enum peer_role role, const struct peer_limits *limits);
void end_deinit(struct end *end);

/* Moves all that waits in @from's outbox into @to, descriptors too, and expects it to be taken.
 * Whether there was anything. */
bool carry(struct end *from, struct end *to);
/* Both ways, until nothing moves. */
void settle(struct pair *pair);

/* Feeds one frame made by hand. */
enum via_status feed_frame(struct end *end, const struct frame *frame);
/* Takes the next frame out of the outbox; what it points to is valid until the next call. */
struct frame take_frame(struct end *end);
bool is_outbox_empty(struct end *end);

/* The lines since the last call, each with its newline; valid until the next line is written. */
const char *take_log(struct end *end);

/* A frame with @text as its payload; code and layout as a test likes. */
struct frame make_frame(uint32_t object, uint32_t code, const char *text);
/* Adds a reference, in @place of the entries at frame->refs. */
void add_ref(struct frame *frame, uint8_t *entries, uint32_t handle, uint16_t flags);
/* One count of @thing. */
uint32_t give(struct end *end, struct thing *thing);

/* A pair in which the client has given the gateway, which keeps what it is given, @n counts of
 * @thing; returns the handle. */
uint32_t pair_init_given(struct pair *pair, struct thing *thing, int n);

/* Feeds @frame, expects @status, and a BYE that says why, @words among it, as the last frame out.
 */
void expect_fault(struct end *end, const struct frame *frame, enum via_status status,
                  const char *words);
