/*
 * One end of a session: the protocol itself, without sockets, clocks or threads. Octets go in
 * through peer_feed(), frames come out as callbacks; what is to be sent gathers in the outbox. The
 * same engine serves the library and the gateway, on Unix links and WebSockets.
 *
 * It keeps: the objects it has given out (exports), the references it has been given (imports), the
 * calls it has sent that await their reply, and the calls it has received and not answered.
 *
 * Threads: none of its own; whoever owns it holds one lock around every function. Callbacks run
 * inside peer_feed() or peer_end(), and ops->unexported inside peer_unexport() too; they may call
 * any peer function but the first two and peer_destroy().
 */
#pragma once

#include "bridge/outbox.h"
#include "codecs/frame.h"
#include "codecs/hello.h"
#include "codecs/meta.h"
#include "codecs/state.h"

struct peer;

/* Numbers that must not be confused. */
struct our_handle {
    uint32_t number; /* of an object we gave out: what frames to us carry */
};
struct their_handle {
    uint32_t number; /* of an object they gave us: what frames to them carry */
};

#define PEER_WINDOW_DEFAULT (1u << 20)
#define PEER_ACK_FRAMES 64u
#define PEER_ACK_OCTETS 262144u
#define PEER_ACK_MS 250u /* how long the owner lets received frames go unacknowledged */

struct peer_limits {
    /* 0 stands for the default. The other end's own limits, from its HELLO, bound us too. */
    uint32_t frame_max;   /* largest payload, and tape, we take, octets; config `max_frame_size` */
    uint32_t calls_max;   /* two-way calls in flight, each way; `max_calls` */
    uint32_t handles_max; /* references, each way, 20 bits at most; `max_handles` */
    size_t queue_max;     /* octets that wait for the link; `max_queue_size` */
    uint32_t wire_max;    /* what is larger we send in chunks of at most this; not announced */
    uint32_t credit;      /* octets of one transfer or stream under way to us; `credit` */
    uint32_t transfers_max;    /* transfers to us at once; `max_transfers` */
    uint32_t streams_max;      /* streams that they have opened at once; `max_streams` */
    size_t transfers_size_max; /* octets of large messages that wait; `max_transfers_size` */
    size_t assembly_max;       /* octets of large messages put together here; `max_assembly_size` */
    size_t window;             /* octets sent and not acknowledged; `max_unacknowledged` */
};
#define PEER_FRAME_MAX_LEAST 4096u       /* nobody may announce less */
#define PEER_FRAME_MAX_MOST (256u << 20) /* nobody may be told to take more */
/* 16 MiB of a program's, and what its family writes around them. */
#define PEER_DATA_MAX_DEFAULT (16u << 20)
#define PEER_HEADS_MAX 4096u
#define PEER_FRAME_MAX_DEFAULT (PEER_DATA_MAX_DEFAULT + PEER_HEADS_MAX)
#define PEER_CALLS_MAX_DEFAULT 65536u
#define PEER_HANDLES_MAX_DEFAULT 262144u
#define PEER_QUEUE_MAX_DEFAULT (4u << 20)
#define PEER_CREDIT_LEAST 4096u /* nobody may announce less */
#define PEER_CREDIT_DEFAULT (256u << 10)
#define PEER_TRANSFERS_MAX_DEFAULT 64u
#define PEER_STREAMS_MAX_DEFAULT 256u
#define PEER_TRANSFERS_SIZE_MAX_DEFAULT (128u << 20)
#define PEER_ASSEMBLY_MAX_DEFAULT (64u << 20)

/*
 * What a peer tells its owner. @frame is borrowed for the callback, and with it what it points to.
 * References in @frame have been counted into the imports before the callback: whoever does not
 * keep one gives it back with peer_release(). A reference whose handle is 0 is no object. @fds are
 * the frame's descriptors, frame->n_fds of them: taken by the callback, always; -1 for one that was
 * sent empty, or did not come over a link that passes none.
 */
struct peer_ops {
    /* HELLO (at a gateway) or WELCOME (at a client) came: calls may be sent. A gateway answers with
     * peer_welcome(). */
    void (*hello)(void *user, const struct hello *hello);
    /* A CALL to @object, which peer_export() gave out; NULL for object 0. Two-way unless
     * FRAME_ONEWAY is set: then frame->id waits for peer_reply(). @meta is decoded, empty without
     * META. A handle that is stale or was never given out does not come here: the peer has answered
     * NOT_FOUND or BAD_HANDLE, and given back what came with the call; and it has answered
     * NO_MEMORY where there was no room for what came with it, be it for its descriptors. */
    void (*call)(void *user, void *object, const struct frame *frame, const struct meta *meta,
                 const int *fds);
    /* @meta of a CALL introduces callers, who have been counted like references: before ops->call,
     * and whatever becomes of the call; that of a transfer when it begins. One that could not be
     * counted is no import. May be NULL. */
    void (*introduced)(void *user, const struct meta *meta);
    /* The one REPLY to a call sent with @context. frame->code is its status. Also made up here:
     * DEAD with the cause in frame->time when the session ends, NO_MEMORY when what the REPLY
     * brought could not be kept. */
    void (*reply)(void *user, uint64_t context, const struct frame *frame, const int *fds);
    /* A hop refused a oneway sent earlier: frame->code is the status, frame->id its number,
     * frame->object what it was sent to. */
    void (*refused)(void *user, const struct frame *frame);
    /* They no longer want the reply to their call @id (still to be answered, once). @context is
     * what peer_set_context() left there. */
    void (*cancel)(void *user, uint32_t id, uint64_t context);
    /* An EVENT to our @object (a sink), or, at a gateway, from their object @from (@object is
     * NULL). */
    void (*event)(void *user, void *object, struct their_handle from, const struct frame *frame,
                  const int *fds);
    /* Their object died. Exactly once for each import, whose @attached is passed, also when the
     * session ends. The import stays until it is released. */
    void (*death)(void *user, struct their_handle handle, void *attached, enum via_cause cause);
    /* The last count of our @object is back, or the session has ended: it is no longer given out.
     */
    void (*unexported)(void *user, void *object, struct our_handle handle);
    /* BYE: enum frame_bye. EXITED and EVICTED end the session when the link closes; sends return
     * VIA_DEAD from now on. peer_fault() has its words. */
    void (*bye)(void *user, uint32_t code);
    /*
     * A transfer comes: a CALL to @object, NULL for object 0; a REPLY to the call sent with
     * @context; or an EVENT. Of @head body and tape are still to come. True: it is to be passed on
     * as it comes. Then ops->call or ops->reply follows at once, with head->passage set; whoever is
     * to have it sends this frame on with peer_call(), peer_oneway() or peer_reply() of another
     * peer before it returns, or the rest is refused. False: it is put together first. May be NULL:
     * always false.
     */
    bool (*begins)(void *user, void *object, const struct frame *head, uint64_t context);
    /* An EVENT to our @object, or from theirs, that came or had begun to come, will not be there:
     * its sender ended it, or it could not be kept. @head is of use for its numbers alone. May be
     * NULL. */
    void (*lost)(void *user, void *object, struct their_handle from, const struct frame *head);
    /* A frame that comes has a descriptor as the stream of @entry: stream_join() it, and give a
     * descriptor for the owner of the frame; -1: there can be none. Anything but VIA_OK: there is
     * no room for it, and the frame counts as one that could not be kept. NULL where links pass
     * descriptors. */
    enum via_status (*accept_stream)(void *user, const struct frame_fd *entry, int *fdp);
    /* There is something to write that no call of the owner's has put there. May be NULL. */
    void (*stirred)(void *user);
    /* A client's session goes on over its new link, and nothing is lost; or, not @recovered, the
     * gateway no longer has it: all of it has just ended, as with peer_end(), and a new one begins,
     * of which hello() tells next. */
    void (*resumed)(void *user, bool recovered);
    /* Milliseconds on a clock that goes forward. Asked for calls with a deadline alone. Both this
     * and resumed() may be NULL where config.resumes is not set. */
    uint64_t (*now)(void *user);
    /* A coarser one, asked for each call that is sent: what costs next to nothing, for
     * peer_next_unanswered(). May be NULL: 0. */
    uint32_t (*coarse_now)(void *user);
};

enum peer_role { PEER_CLIENT, PEER_GATEWAY };

struct peer_config {
    enum peer_role role;
    bool resumes; /* the link is of a kind that may be replaced: frames are kept and acknowledged */
    struct peer_limits limits;
};

/* @ops and @user are borrowed and outlive the peer; every op is there. VIA_INVALID: limits that
 * nobody may have; VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status peer_create(struct peer **peerp, const struct peer_config *config,
                                         const struct peer_ops *ops, void *user);
/* Frees without callbacks: after peer_end(). NULL is allowed; returns NULL. */
struct peer *peer_destroy(struct peer *peer);

/* ---- octets ---- */

/*
 * Takes whole frames from the front of @octets; *usedp is how many octets they were; what is left
 * of the last frame is to be fed again with more behind it. Any status but VIA_OK is the sender's
 * fault: the link is to be closed, after what is in the outbox (a BYE that names the fault) has
 * been written.
 */
VIA_MUST_USE enum via_status peer_feed(struct peer *peer, const uint8_t *octets, size_t size,
                                       size_t *usedp);
/* Descriptors of one frame, which came with the octets fed next; takes them always. @lost: it had
 * more, for which there was no room: it alone will count as one that could not be kept. */
void peer_feed_fds(struct peer *peer, const int *fds, size_t n_fds, bool lost);
/* Why peer_feed() failed or a send was refused for a limit, or what the other end's BYE said, in
 * words: what, which limit, its value. The last of these; never NULL. */
const char *peer_fault(const struct peer *peer);

/* What waits to be written. Owned by the peer. */
struct outbox *peer_outbox(struct peer *peer);

/* ---- beginning and end ---- */

/* A client, first of all; a gateway, in ops->hello or later. The version and the limits in @hello
 * are set by the peer. VIA_INVALID: not now; VIA_NO_MEMORY; VIA_DEAD after a BYE. */
VIA_MUST_USE enum via_status peer_hello(struct peer *peer, const struct hello *hello);
VIA_MUST_USE enum via_status peer_welcome(struct peer *peer, const struct hello *hello);
/* HELLO and WELCOME have been exchanged, and neither BYE nor a fault nor peer_end() came since. */
bool peer_is_ready(const struct peer *peer);
/* All zero before it came. */
const struct hello *peer_their_hello(const struct peer *peer);
/* The last frame we send: @text, NULL for none, may be cut. VIA_DEAD after another one. */
VIA_MUST_USE enum via_status peer_bye(struct peer *peer, enum frame_bye code, const char *text);
/*
 * The session is over: every call we sent ends with DEAD and @cause, every import dies of @cause
 * (at a gateway a BYE EXITED that came first makes it EXITED), every export is given back.
 * Afterwards only peer_destroy(), peer_outbox(), peer_release() and the questions are allowed;
 * sends return VIA_DEAD.
 */
void peer_end(struct peer *peer, enum via_cause cause);

/* ---- another link (peer_resume.c) ---- */

/* The link is gone. What is sent gathers, until there is another one or the session ends. */
void peer_detach(struct peer *peer);
bool peer_is_detached(const struct peer *peer);
/* Whether another link may take over: the session has a number, and neither a BYE that ends it nor
 * a fault came. */
bool peer_is_resumable(const struct peer *peer);
/* A client, first of all on its new link: asks to go on. ops->resumed tells the outcome.
 * VIA_INVALID: not detached, or not resumable; VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status peer_resume(struct peer *peer, const struct hello *hello);
/*
 * A gateway: @hello, which another peer got, asks to go on with this session. Its number and secret
 * have been looked at. Answers @welcome, and sends again what is missing there. VIA_INVALID: this
 * cannot be: their count is of no use; peer_fault() has the words.
 */
VIA_MUST_USE enum via_status peer_adopt(struct peer *peer, const struct hello *hello,
                                        const struct hello *welcome);
/* How long a session without a link is kept, by the gateway's word; 0 when it has none. */
uint32_t peer_grace_ms(const struct peer *peer);

/* Frames have come that have not been acknowledged: within PEER_ACK_MS they are to be. */
bool peer_ack_due(const struct peer *peer);
void peer_acknowledge(struct peer *peer);
/* Asks for a sign of life. It overtakes everything; its answer does so too. */
void peer_ping(struct peer *peer);

/* ---- objects ---- */

/* Gives @object (never NULL) out: one count more, and *newp tells whether it had none before (then
 * the owner keeps it alive until ops->unexported). VIA_BUSY: as many are given out as either end
 * takes; VIA_NO_MEMORY; VIA_DEAD. */
VIA_MUST_USE enum via_status peer_export(struct peer *peer, void *object,
                                         struct our_handle *handlep, bool *newp);
/* Takes the count of a peer_export() back that was never sent; ops->unexported when it was the
 * last. */
void peer_unexport(struct peer *peer, struct our_handle handle);
/* The object behind our handle: VIA_NOT_FOUND (stale) or VIA_BAD_HANDLE (never given out). */
VIA_MUST_USE enum via_status peer_exported(struct peer *peer, uint32_t number, void **objectp);
/* Whether @object is given out, and under which handle; no count. */
bool peer_is_exported(struct peer *peer, const void *object, struct our_handle *handlep);
/* @object, if it is given out, and their object @theirs are in one order from now on: what is sent
 * to the one and what the other answers. An opened object and its back reference. */
void peer_join(struct peer *peer, const void *object, struct their_handle theirs);
/* Whether a frame that introduces it as a caller has gone out. One that waits has not. */
bool peer_is_introduced(struct peer *peer, struct our_handle handle);
/* DEATH of one of our objects, once; nothing if it is not given out. A frame that brings them a
 * reference to it later is followed by another DEATH: they may have released it meanwhile. */
void peer_death(struct peer *peer, const void *object, enum via_cause cause);

/* Where the owner may attach its own thing to a reference it was given; NULL at first. NULL is
 * returned for a number that is no import. */
void **peer_imported(struct peer *peer, uint32_t number);
/* Gives @n counts back; UINT32_MAX for all there are. */
void peer_release(struct peer *peer, struct their_handle handle, uint32_t n);
/* How many counts we hold of it; 0 for what is no import. */
uint32_t peer_import_count(struct peer *peer, uint32_t number);

/* ---- frames out ---- */

/*
 * Each takes the frame's flags, layout, object, code, time, body, references and tape from @frame;
 * kind and id are set here. @fds (frame->n_fds of them) are taken on VIA_OK only. @meta may be
 * NULL. A descriptor of -1 is sent empty. Errors: VIA_BUSY (the queue or the number of calls is
 * full), VIA_TOO_LARGE (over the receiver's announced frame_max; peer_fault() has the numbers),
 * VIA_NOT_CONNECTED (no WELCOME yet), VIA_DEAD (the session has ended, or a BYE was sent or came),
 * VIA_INVALID (a reference that is neither an export nor an import of this session),
 * VIA_NO_MEMORY. Nothing was sent then, and counts taken for its references are the caller's to
 * take back. An idle link takes a frame above its queue bound.
 *
 * A frame too large for one on the wire goes in pieces, between other frames; VIA_OK says that all
 * of it is kept here. Frames of the same sender to the same object stay in order, and so does a
 * DEATH or RELEASE with what names its object.
 */
VIA_MUST_USE enum via_status peer_call(struct peer *peer, const struct frame *frame,
                                       const struct meta *meta, const int *fds, uint64_t context,
                                       uint32_t *idp);
VIA_MUST_USE enum via_status peer_oneway(struct peer *peer, const struct frame *frame,
                                         const struct meta *meta, const int *fds,
                                         uint32_t *numberp);
/* Answers call @id; never refused for a full queue. VIA_NOT_FOUND: not in flight, or answered
 * already. If the reply itself cannot be sent (VIA_TOO_LARGE, VIA_NO_MEMORY, VIA_INVALID) a reply
 * with that status goes instead, and that status is returned. */
VIA_MUST_USE enum via_status peer_reply(struct peer *peer, uint32_t id, const struct frame *frame,
                                        const int *fds);
/* A REPLY without payload. */
VIA_MUST_USE enum via_status peer_answer(struct peer *peer, uint32_t id, enum via_status status,
                                         uint32_t result);
/* Tells the sender of oneway @number to @object, a handle of ours, that it went no further. */
void peer_refuse(struct peer *peer, uint32_t number, uint32_t object, enum via_status status);
/* frame->object is the receiver's sink, or our own handle towards a gateway; the number is in id
 * and time. */
VIA_MUST_USE enum via_status peer_event(struct peer *peer, const struct frame *frame,
                                        const int *fds);
/*
 * @n EVENTs that are encoded already, one behind the other, @size octets in all (65536 at most) and
 * none with references or descriptors: they go as they are, but for @handle, the receiver's sink.
 * @largest is the size of the largest payload, or tape. All go, or none: VIA_BUSY, VIA_DEAD,
 * VIA_NOT_CONNECTED, VIA_NO_MEMORY; VIA_UNSUPPORTED: they have to go through peer_event().
 */
VIA_MUST_USE enum via_status peer_event_run(struct peer *peer, const uint8_t *octets, size_t size,
                                            uint32_t n, uint32_t largest, uint32_t handle);
/* We no longer want the reply to @id. It still comes. A call that has not gone whole ends short. */
void peer_cancel(struct peer *peer, uint32_t id);
/* Forgets whose reply @id is: it still comes, ops->reply is not called for it, what it carries is
 * given back. */
void peer_forget(struct peer *peer, uint32_t id);

/* The owner's own word beside a received call that is in flight, for ops->cancel. */
void peer_set_context(struct peer *peer, uint32_t id, uint64_t context);
bool peer_is_waiting(const struct peer *peer, uint32_t id); /* received, two-way, not answered */
/* More waits than twice the bound (queue_max, transfers_size_max), or there was no memory for a
 * frame that may not be refused: the owner ends the session (EVICTED). */
bool peer_is_overfull(const struct peer *peer);
/* Nothing waits to be written: neither in the outbox nor in pieces. */
bool peer_is_drained(const struct peer *peer);
size_t peer_n_sent(const struct peer *peer);     /* calls sent that await their reply */
size_t peer_n_received(const struct peer *peer); /* calls received and not answered */

/* A call that somebody waits for. */
struct peer_unanswered {
    uint64_t context;
    struct their_handle object; /* which was called */
    uint32_t since;             /* by ops->coarse_now */
    uint32_t age;               /* calls sent after it: larger is older */
};
/* Walks them in no order, with *cursorp 0 at first; those that were cancelled are left out. */
bool peer_next_unanswered(struct peer *peer, uint32_t *cursorp, struct peer_unanswered *callp);

/* ---- from process to process (peer_handover.c) ---- */

/* Of one that could not be loaded: nothing is given out, and nobody is told. */
void peer_forget_exports(struct peer *peer);
void peer_forget_imports(struct peer *peer);
/* Walking, with *cursorp 0 at first: what is given out; the references to which something is
 * attached; the calls that await their reply. */
void *peer_next_export(struct peer *peer, uint32_t *cursorp);
void *peer_next_attached(struct peer *peer, uint32_t *cursorp, uint32_t *numberp);
bool peer_next_sent(struct peer *peer, uint32_t *cursorp, uint32_t *idp, uint64_t *contextp);
