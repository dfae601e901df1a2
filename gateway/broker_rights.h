/*
 * What callers on other hosts may do with an event broker of this one, beyond looking on: rules of
 * the configuration, by identity. A broker does as it is asked; the gateway in front of it judges.
 *
 * docs/event-broker.md, "Rights".
 */
#pragma once

#include "gateway/session.h"

enum broker_right {
    BROKER_FOCUS = 1 << 0,  /* listen with the focus */
    BROKER_KEYS = 1 << 1,   /* be told which keys are pressed */
    BROKER_INJECT = 1 << 2, /* be a pod, and send the system's own events */
    BROKER_SET_FOCUS = 1 << 3,
    BROKER_SEND_EVENT = 1 << 4,
    BROKER_COMMAND = 1 << 5, /* EB_IssuePodCmd */
    BROKER_WRITE = 1 << 6,   /* EB_WritePodData */
    BROKER_LOCK = 1 << 7     /* EB_LockPod, EB_UnlockPod */
};

struct broker_rule {
    char *said;      /* owned: "IDENTITY: RIGHT RIGHT..." */
    char *identity;  /* owned; a pattern */
    unsigned rights; /* enum broker_right */
};

/* VIA_INVALID, with @words set: it is no rule. */
VIA_MUST_USE enum via_status broker_rule_read(const char *text, struct broker_rule *rulep,
                                              char *words, size_t words_size);
void broker_rule_deinit(struct broker_rule *rule);

/* Whether @frame, of which only the head may have come, is to be looked into before it goes from
 * @from to @to, which may be NULL. */
bool broker_rights_concern(const struct session *from, const struct session *to,
                           const struct frame *frame);

/* A message of which something has been taken away. */
struct broker_filtered {
    struct message message;
    struct frame frame;
};

/*
 * What goes on of *messagep to @object of @owner: all of it, or *filtered, which *messagep then
 * points to until the next one is judged. VIA_DENIED, which is audited; VIA_NO_MEMORY; anything
 * else: it is no message.
 */
VIA_MUST_USE enum via_status broker_rights_judge(const struct message **messagep,
                                                 const struct gateway_object *object,
                                                 const struct session *owner,
                                                 struct broker_filtered *filtered);
