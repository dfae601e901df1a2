/*
 * Sessions that speak JSON-RPC 2.0: over a WebSocket, or for the time of one HTTP request or event
 * stream. What goes out goes through an outlet; the rest is the same.
 *
 * json_session.c has its life, the requests and their answers; json_calls.c calls and oneways,
 * json_interests.c subscriptions and watches, json_ports.c reply ports and listening,
 * json_bindings.c what goes through bindings.
 */
#pragma once

#include "bridge/loop.h"
#include "codecs/event_filter.h"
#include "codecs/jsonrpc_answer.h"
#include "gateway/json_refs.h"
#include "gateway/session.h"

struct directory_entry;
struct json_session;

/* Where the texts of a session go. */
struct json_outlet {
    /* An answer, or a whole batch of answers. Never refused: what cannot be sent ends the link. */
    void (*answer)(struct json_session *session, const struct buffer *text);
    /* All requests of what was received have been answered, also when none wanted an answer. */
    void (*answered)(struct json_session *session);
    /* NULL: there are no events and deaths here. VIA_BUSY: not now. */
    enum via_status (*event)(struct json_session *session, const struct jsonrpc_event *event,
                             const struct json_numbers *numbers);
    /* An event that is taken whatever waits; json_ports_written() says when it has been written, by
     * *endp, where it ends in all that the outlet has been given. NULL: there are none here. */
    enum via_status (*record)(struct json_session *session, const struct jsonrpc_event *event,
                              uint64_t *endp);
    void (*death)(struct json_session *session, const struct jsonrpc_source *source,
                  enum via_cause cause);
    /* The gateway ends it, for @why. */
    void (*close)(struct json_session *session, enum frame_bye code, const char *why);
};

#define JSON_BATCH_MAX (64u << 20) /* octets of a batch's answers, if they are several */

/* The requests of one received text; the answers to a batch go out together. */
struct json_batch {
    struct json_session *session;
    struct buffer text;
    unsigned waiting; /* requests whose answer is to come, and one while it is being read */
    bool array;       /* a batch: its answers gather in text, as an array; else they go at once */
};

/* Whom a request means. */
struct json_target {
    struct gateway_object *object;       /* borrowed */
    const struct directory_entry *entry; /* NULL: what a reference stands for has no name */
};

struct json_opening;
struct json_call;
struct json_find;
struct json_interest;
struct json_phoenix;
struct json_port;

struct json_session {
    struct session session;
    const struct json_outlet *outlet;
    struct json_refs refs;
    uint64_t message;         /* number of the text that is being written */
    struct json_call **calls; /* owned; by slot, from 1 */
    uint32_t n_calls_places, n_calls, call_generation;
    struct json_opening *openings;   /* owned: services it has opened, or is opening */
    struct json_interest *interests; /* owned: what it subscribes to and watches */
    uint32_t next_object;            /* handle of its next one: sinks, back references, ports */
    struct json_port *ports;         /* owned */
    struct json_find *finds;         /* owned: those that wait */
    uint32_t n_finds, next_find;
    struct json_phoenix *phoenix; /* owned: what is done with paths */
    uint32_t n_phoenix;
    size_t phoenix_size;    /* of the contents that they hold */
    enum via_status failed; /* of the last answer that was a fault */
    bool ended;
};

/* In its owner's storage. VIA_BUSY: as many sessions as allowed. */
VIA_MUST_USE enum via_status json_session_init(struct json_session *session,
                                               struct gateway *gateway,
                                               const struct principal *principal,
                                               const struct json_outlet *outlet);
/* Ends it: nothing goes to the outlet any more. May be called twice. Not from within the outlet. */
void json_session_end(struct json_session *session, enum via_cause cause);

/* Handles one text, which is changed on the way. */
void json_session_receive(struct json_session *session, char *text, size_t size);
/* Subscribes as the method does, for an event stream: VIA_OK, it is under way, and a failure goes
 * to the outlet's answer; else why not, with @fault set. */
VIA_MUST_USE enum via_status json_session_subscribe(struct json_session *session,
                                                    const struct jsonrpc_request *request,
                                                    const struct event_filter *filter,
                                                    struct jsonrpc_fault *fault);

/* ---- for the parts of a session ---- */

/* Where the next text is written: emptied. */
struct buffer *json_session_begin(struct json_session *session);
/* The text just written is an answer: to @batch, or NULL for one of its own. */
void json_session_answer(struct json_session *session, struct json_batch *batch);
/* What has been begun, beside the other answers of @batch; alone it always does. */
bool json_session_fits(const struct json_session *session, const struct json_batch *batch);
/* One request of @batch less to wait for; NULL is allowed. */
void json_session_settle(struct json_session *session, struct json_batch *batch);
/* When the answer to @request is late; 0: never, as it asks for. */
uint64_t json_session_until_ms(const struct json_session *session,
                               const struct jsonrpc_request *request);
void json_session_fail(struct json_session *session, struct json_batch *batch,
                       const struct json_span *id, const struct jsonrpc_fault *fault);
/* The object that @request means by service or ref, or a fault. */
VIA_MUST_USE enum via_status json_session_target(struct json_session *session,
                                                 const struct jsonrpc_request *request,
                                                 struct json_target *targetp,
                                                 struct jsonrpc_fault *fault);
/* The numbers of @objects in the text being written. */
struct json_shown {
    struct json_session *session;
    struct gateway_object *const *objects;
};
struct json_numbers json_session_numbers(struct json_shown *shown);
struct payload json_session_payload(const struct frame *frame);
/* Copies of spans, cut to @size, NUL-terminated. */
void json_session_copy(char *out, size_t size, struct json_span span);
void json_session_put_entry(struct buffer *out, const struct directory_entry *entry);

/* call, send and subscribe, which may have to wait until their service has been opened. @filter: of
 * a subscription, over which @request may say more; or NULL. */
VIA_MUST_USE enum via_status json_calls_start(struct json_session *session,
                                              const struct jsonrpc_request *request,
                                              const struct event_filter *filter,
                                              struct json_batch *batch,
                                              struct jsonrpc_fault *fault);
/* The call whose JSON id is @id, if it is under way, is no longer wanted. */
bool json_calls_cancel(struct json_session *session, const struct json_span *id);
void json_calls_reply(struct json_session *session, uint32_t id, const struct message *message);
void json_calls_end(struct json_session *session);

/* Subscribes and answers to @id, if it has text. The first events come behind the answer, so behind
 * a batch's last one. */
VIA_MUST_USE enum via_status
json_interests_subscribe(struct json_session *session, struct gateway_object *object,
                         const struct jsonrpc_source *source, const struct jsonrpc_from *from,
                         const struct event_filter *filter, const struct json_span *id,
                         struct json_batch *batch);
/* The one with @id, or all of @source where that is not NULL. */
VIA_MUST_USE enum via_status json_interests_unsubscribe(struct json_session *session, uint32_t id,
                                                        const struct jsonrpc_source *source);
VIA_MUST_USE enum via_status json_interests_watch(struct json_session *session,
                                                  struct gateway_object *object,
                                                  const struct jsonrpc_source *source);
VIA_MUST_USE enum via_status json_interests_unwatch(struct json_session *session,
                                                    const struct jsonrpc_source *source);
enum via_status json_interests_event(struct json_session *session, struct gateway_object *sink,
                                     const struct message *message);
void json_interests_death(struct json_session *session, struct gateway_object *object,
                          enum via_cause cause);
/* The answers of @batch have gone: what it subscribed to may send. */
void json_interests_begin(struct json_session *session, const struct json_batch *batch);
void json_interests_end(struct json_session *session);
/* Whether the client is told of @object's death by a subscription or a watch, as @source. */
bool json_interests_tell(const struct json_session *session, const struct gateway_object *object,
                         const struct jsonrpc_source *source);
bool json_source_is(const struct jsonrpc_source *a, const struct jsonrpc_source *b);

/* A oneway to the session's own object @handle: what a service says to who opened it. VIA_NOT_FOUND
 * for one that takes none. */
enum via_status json_calls_told(struct json_session *session, uint32_t handle,
                                const struct message *message);

/* find, bind, unbind, bindings and waiting. On VIA_OK the answer has been written; or @laterp says
 * that it is to come. */
VIA_MUST_USE enum via_status json_bindings_find(struct json_session *session,
                                                const struct jsonrpc_request *request,
                                                struct json_batch *batch,
                                                struct jsonrpc_fault *fault, bool *laterp);
VIA_MUST_USE enum via_status json_bindings_change(struct json_session *session,
                                                  const struct jsonrpc_request *request,
                                                  struct jsonrpc_fault *fault);
VIA_MUST_USE enum via_status json_bindings_list(struct json_session *session,
                                                const struct jsonrpc_request *request);
VIA_MUST_USE enum via_status json_bindings_waiting(struct json_session *session,
                                                   const struct jsonrpc_request *request,
                                                   struct jsonrpc_fault *fault);
void json_bindings_found(struct json_session *session, uint32_t call, enum via_status status,
                         const struct directory_entry *entry);
/* As json_calls_cancel(). */
bool json_bindings_cancel(struct json_session *session, const struct json_span *id);
void json_bindings_end(struct json_session *session);

/* ---- json_ports.c; json_ports.h has the rest ---- */

/* What a broker sends to the session's port @handle. VIA_UNSUPPORTED: it is no port, or no record.
 */
VIA_MUST_USE enum via_status json_ports_call(struct json_session *session, uint32_t handle,
                                             const struct message *message, uint64_t context,
                                             uint32_t *idp);
/* The first @end octets of what the outlet has been given are written. */
void json_ports_written(struct json_session *session, uint64_t end);
/* As json_interests_unsubscribe(). */
VIA_MUST_USE enum via_status json_ports_unsubscribe(struct json_session *session, uint32_t id,
                                                    const struct jsonrpc_source *source);
void json_ports_death(struct json_session *session, const struct gateway_object *object,
                      enum via_cause cause);
void json_ports_end(struct json_session *session);

/* ---- json_unanswered.c ---- */

VIA_MUST_USE enum via_status json_unanswered_list(struct json_session *session,
                                                  const struct jsonrpc_request *request);

/* ---- json_phoenix.c; its start is in json_phoenix.h ---- */

/* As json_calls_cancel(). */
bool json_phoenix_cancel(struct json_session *session, const struct json_span *id);
void json_phoenix_end(struct json_session *session);
