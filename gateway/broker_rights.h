/*
 * What JSON sessions may do with event brokers beyond looking on: rules of the configuration, by
 * identity. What anybody on another host may be told and may inject is the broker's own to judge.
 *
 * docs/event-broker.md, "Rights".
 */
#pragma once

#include "gateway/objects.h"

enum broker_right {
    BROKER_FOCUS = 1 << 0, /* listen with the focus */
    BROKER_SET_FOCUS = 1 << 1,
    BROKER_SEND_EVENT = 1 << 2,
    BROKER_COMMAND = 1 << 3, /* EB_IssuePodCmd */
    BROKER_WRITE = 1 << 4,   /* EB_WritePodData */
    BROKER_LOCK = 1 << 5     /* EB_LockPod */
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

/* Whether @session may send @object the message of layout VIA_LAYOUT_EVENT_BROKER in @octets, by
 * @code. VIA_DENIED, which is audited: *rightp is what it has not. */
VIA_MUST_USE enum via_status broker_rights_judge(const struct session *session,
                                                 const struct gateway_object *object, uint32_t code,
                                                 const uint8_t *octets, size_t size,
                                                 const char **rightp);
