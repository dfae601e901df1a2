/*
 * The simulator's world: a client and a gateway that do at random what owners may do, over a wire
 * that cuts and delays their octets at random, each way on its own. Each keeps a plain model of
 * what must hold: one reply to each call, its own; order; every reference the object that was
 * meant; counts that balance; one death for each import of what has died, none else; of each stream
 * all octets, each once, in order, to the end that its sender has given it.
 *
 * peer_sim_model.c has what the two do and check, peer_sim_streams.c the same of streams,
 * peer_sim_wire.c what lies between them.
 */
#pragma once

#include "bridge/peer.h"
#include "bridge/streams.h"

enum {
    N_OBJECTS = 6,
    N_HELD = 24,
    N_CALLS = 512,
    REFS_MAX = 3,
    PIPES_MAX = 2, /* of one message */
    N_PIPES = 128, /* of one run */
    BODY_MAX = 6000,
    WIRE_MAX = 1 << 19
};

/* Where things stand in the body of each message. */
enum {
    AT_SEQUENCE = 0, /* counts what its sender sends */
    AT_TOKEN = 4,    /* of a call and its reply */
    AT_OBJECT = 8,   /* what it is for or from: index, serial */
    AT_CALLER = 16,  /* who is introduced: index, serial */
    AT_REFS = 24,    /* index and serial of each */
    BODY_LEAST = AT_REFS + 8 * REFS_MAX
};

#define NONE UINT32_MAX

/* Which object, and which of its lives: it begins anew each time it is no longer given out. */
struct identity {
    uint32_t index, serial;
};

struct object {
    struct identity identity;
    bool is_exported;
    enum via_cause cause; /* VIA_ALIVE until its death has been told */
};

struct held {
    struct identity identity;
    uint32_t handle;
    uint32_t count; /* 0: the place is free */
    bool is_dead;
};

struct call {
    uint32_t id;
    bool is_stale; /* called by a handle we no longer held */
    bool is_forgotten;
    bool is_cancelled;
    unsigned n_replies;
};

/* What keeps its order where large messages go in pieces: calls of one caller to one object, events
 * of one object. */
struct lane {
    struct identity object, caller;
    uint32_t sequence;
};

struct task {
    uint32_t id, token;
    bool is_cancelled;
};

struct pipe;

/* What an end of a pipe has done and seen. */
struct pipe_end {
    struct node *node;     /* borrowed; NULL: nothing is open there, and nothing ever was */
    struct pipe *pipe;     /* borrowed */
    struct stream *stream; /* borrowed; NULL: it is over */
    bool sends, receives;
    uint32_t total;  /* octets that it has to send */
    uint32_t given;  /* that the peer has taken of them */
    uint32_t come;   /* from the other end */
    uint32_t unread; /* of these: not consumed */
    bool is_idle;    /* fill() had none */
    bool has_closed; /* fill() had no more */
    bool has_ended;  /* no more comes */
    bool refuses;
    bool is_unwanted;
};

/* A descriptor that has been sent: in hostile runs each end is one of its own. */
struct pipe {
    struct pipe_end opener, joiner;
    bool was_turned_away;
};

struct world;

struct node {
    struct world *world;
    struct node *other;
    struct peer *peer; /* owned */
    enum peer_role role;
    struct object objects[N_OBJECTS];
    struct held held[N_HELD];
    struct held released; /* the last that went for good */
    struct call calls[N_CALLS];
    unsigned n_calls;
    struct task tasks[N_CALLS]; /* calls received, to be answered */
    unsigned n_tasks;
    uint32_t n_oneways;
    uint32_t sequence, seen_sequence;
    struct lane lanes[2][N_OBJECTS + 1][N_OBJECTS + 1];
    uint32_t n_cancelled;
    unsigned link; /* the one it writes to; what goes to one that is no more is lost */
    uint32_t n_sent, n_stale, n_executed; /* messages of calls: sent, of no use, come */
    uint8_t wire[WIRE_MAX];               /* octets on their way to it */
    size_t wire_size;
    bool has_failed;
};

struct world {
    uint64_t random;
    const uint8_t *choices; /* borrowed: what is rolled first of all, an octet each */
    size_t n_choices;
    bool is_hostile;
    bool has_ended;
    bool in_pieces;         /* what is large, which is not much here */
    bool is_cut;            /* links break, and sessions go on */
    unsigned link;          /* the one that is there; 0 for none */
    unsigned n_links;       /* so far */
    uint64_t now;           /* milliseconds */
    struct peer *greeter;   /* owned: reads a new link's HELLO; NULL once it has come */
    struct hello *greeting; /* what it said; borrowed */
    bool is_greeted;
    struct node *victim; /* in a hostile run: to whom octets are changed */
    unsigned speed;      /* how often octets move, of 16 */
    bool is_settling;    /* nobody begins anything, whoever has something to send sends it */
    bool has_pipes;      /* descriptors are sent */
    struct pipe pipes[N_PIPES];
    unsigned n_pipes;
    struct node nodes[2];
};

/* A number below @n. */
uint32_t sim_roll(struct world *world, uint32_t n);

/* ---- peer_sim_model.c ---- */

extern const struct peer_ops sim_ops;

/* One thing that an owner may do. */
void sim_act(struct node *node);
void sim_answer_all(struct node *node);
/* All has arrived and is answered: each has what it must have. Gives back what it holds. */
void sim_check_settled(struct node *node);
void sim_check_nothing_given_out(const struct node *node);
/* The session has ended: the same. */
void sim_check_ended(struct node *node);

/* ---- peer_sim_streams.c ---- */

/* A descriptor for a message of @node's, by chance: true, and its entry. */
bool sim_open_pipe(struct node *node, struct frame_fd *entry);
/* The message was not sent. */
void sim_forget_pipe(struct node *node, uint32_t id);
/* ops->accept_stream */
enum via_status sim_accept_stream(void *user, const struct frame_fd *entry, int *fdp);
/* One thing that the owner of a stream may do. */
void sim_act_on_pipe(struct node *node);
/* What has come is consumed, what is left goes out. True: there was any such thing. */
bool sim_hurry_pipes(struct world *world);
/* All has arrived: what was sent has come, and no stream is left. */
void sim_check_pipes(const struct world *world);
/* The sessions are over. */
void sim_check_pipes_gone(const struct world *world);

/* ---- peer_sim_wire.c ---- */

/* Moves some octets: onto the wire or off it. */
void sim_move_octets(struct node *node);
/* Something is on its way, or would be if octets moved. */
bool sim_anything_waits(const struct world *world);
/* Until nothing waits anywhere. */
void sim_deliver_all(struct world *world);
/* The first link; the client has said HELLO. */
void sim_connect(struct world *world);
/* Something that happens to links: they break, at any octet, one end notices or the other, the
 * client comes back, what has come is acknowledged. */
void sim_disturb(struct world *world);
/* There is a link, and both ends are on it. */
void sim_mend(struct world *world);
