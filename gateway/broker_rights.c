/*
 * What a message asks for says its first word, whatever code it is sent with: that is what a broker
 * goes by, and whether the code agrees is the broker's business. Codes of providers are not
 * messages'. An object is a broker if it is published as one.
 *
 * Who may not be told of keys is not told that either: the bits go from its masks, and where a
 * record has the state of a keyboard all the same, as one that makes up for lost ones does, that is
 * of a keyboard nobody touches.
 */
#include "gateway/broker_rights.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_frames.h"
#include "codecs/portfolio_message.h"
#include "codecs/portfolio_pod.h"
#include "gateway/gateway.h"
#include "gateway/pattern.h"
#include "include/portfolio/event.h"

#define BROKER_FAMILY "portfolio"
#define BROKER_CLASS "event-broker"
#define EVERY_RIGHT ((BROKER_LOCK << 1) - 1u)
#define FLAVOR_SIZE 4u

#define KEY_BITS                                                                                   \
    ((uint32_t)(EVENTBIT0_KeyboardKeyPressed | EVENTBIT0_KeyboardKeyReleased |                     \
                EVENTBIT0_KeyboardUpdate | EVENTBIT0_KeyboardDataArrived |                         \
                EVENTBIT0_CharacterEntered | EVENTBIT0_IRKeyPressed | EVENTBIT0_IRKeyReleased))

/* ---- rules ---- */

static const struct {
    const char *name;
    unsigned rights;
} words_of_rights[] = {
    {"all", EVERY_RIGHT},
    {"focus", BROKER_FOCUS},
    {"keys", BROKER_KEYS},
    {"inject", BROKER_INJECT},
    {"EB_SetFocus", BROKER_SET_FOCUS},
    {"EB_SendEvent", BROKER_SEND_EVENT},
    {"EB_IssuePodCmd", BROKER_COMMAND},
    {"EB_WritePodData", BROKER_WRITE},
    {"EB_LockPod", BROKER_LOCK},
};
#define N_WORDS (sizeof words_of_rights / sizeof *words_of_rights)

static unsigned rights_called(const char *text, size_t size)
{
    for (size_t i = 0; i < N_WORDS; i++)
        if (strlen(words_of_rights[i].name) == size &&
            memcmp(words_of_rights[i].name, text, size) == 0)
            return words_of_rights[i].rights;
    return 0;
}

enum via_status broker_rule_read(const char *text, struct broker_rule *rulep, char *words,
                                 size_t words_size)
{
    static const char spaces[] = " \t,";
    const char *colon = strrchr(text, ':');
    unsigned rights = 0;
    if (colon == NULL || colon == text) {
        (void)snprintf(words, words_size, "\"%s\" is no rule; write \"IDENTITY: RIGHT RIGHT...\"",
                       text);
        return VIA_INVALID;
    }
    const char *at = colon + 1 + strspn(colon + 1, spaces);
    for (; *at != '\0'; at += strspn(at, spaces)) {
        size_t size = strcspn(at, spaces);
        unsigned more = rights_called(at, size);
        if (more == 0) {
            (void)snprintf(words, words_size,
                           "\"%.*s\" is no right; there are focus, keys, inject, EB_SetFocus, "
                           "EB_SendEvent, EB_IssuePodCmd, EB_WritePodData, EB_LockPod, and all",
                           size < 64 ? (int)size : 64, at);
            return VIA_INVALID;
        }
        rights |= more;
        at += size;
    }
    struct broker_rule rule = {
        .said = strdup(text), .identity = strndup(text, (size_t)(colon - text)), .rights = rights};
    if (rule.said == NULL || rule.identity == NULL) {
        broker_rule_deinit(&rule);
        return VIA_NO_MEMORY;
    }
    *rulep = rule;
    return VIA_OK;
}

void broker_rule_deinit(struct broker_rule *rule)
{
    free(rule->said);
    free(rule->identity);
}

static unsigned rights_of(const struct session *session)
{
    const struct config *config = &session->gateway->config;
    unsigned rights = 0;
    if (!session->principal.remote)
        return EVERY_RIGHT;
    for (unsigned i = 0; i < config->n_broker_rules; i++)
        if (pattern_matches(config->broker_rules[i].identity, session->principal.identity))
            rights |= config->broker_rules[i].rights;
    return rights;
}

/* ---- what a message is ---- */

static bool is_record(const struct frame *frame)
{
    return frame->code == EB_EventRecord;
}

bool broker_rights_concern(const struct session *from, const struct session *to,
                           const struct frame *frame)
{
    if (frame->layout != VIA_LAYOUT_EVENT_BROKER || from == NULL)
        return false;
    return from->principal.remote || (to != NULL && to->principal.remote && is_record(frame));
}

static bool is_broker(const struct gateway_object *object)
{
    const struct directory_entry *entry = object->names;
    while (entry != NULL && (strcmp(entry->spec.family, BROKER_FAMILY) != 0 ||
                             strcmp(entry->spec.class_name, BROKER_CLASS) != 0))
        entry = entry->next_of_owner;
    return entry != NULL;
}

static void audit(const struct session *session, const char *what, const char *why)
{
    char words[160];
    (void)snprintf(words, sizeof words, "%s: \"broker_rights\" gives it no right to %s", what, why);
    audit_refusal(&session->gateway->audit, &session->principal, "event broker", words);
}

static enum via_status need(const struct session *session, unsigned right, const char *what)
{
    const char *name = what;
    if ((rights_of(session) & right) == right)
        return VIA_OK;
    for (size_t i = 0; i < N_WORDS; i++)
        if (words_of_rights[i].rights == right)
            name = words_of_rights[i].name;
    audit(session, what, name);
    return VIA_DENIED;
}

/* ---- filtering ---- */

/* The message's octets, to be changed; NULL: no memory. */
static uint8_t *copy(const struct message **messagep, struct broker_filtered *filtered)
{
    const struct message *message = *messagep;
    struct buffer *octets = &message->from->gateway->broker_octets;
    buffer_cut(octets, 0);
    buffer_add(octets, message->frame->body, message->frame->body_size);
    if (octets->status != VIA_OK)
        return NULL;
    filtered->frame = *message->frame;
    filtered->frame.body = octets->data;
    filtered->message = *message;
    filtered->message.frame = &filtered->frame;
    *messagep = &filtered->message;
    return octets->data;
}

static enum via_status filter_masks(const struct message **messagep,
                                    const struct portfolio_message *request,
                                    struct broker_filtered *filtered)
{
    static const size_t masks[] = {offsetof(ConfigurationRequest, cr_TriggerMask),
                                   offsetof(ConfigurationRequest, cr_CaptureMask)};
    const struct session *from = (*messagep)->from;
    const uint8_t *data = request->data;
    uint32_t bits = 0;
    for (size_t i = 0; i < 2; i++)
        bits |= octets_get_u32(data + masks[i]) & KEY_BITS;
    if (bits == 0 || (rights_of(from) & BROKER_KEYS) != 0)
        return VIA_OK;
    audit(from, "EB_Configure, whose masks lose the bits of keys", "keys");
    size_t at = (size_t)(data - (const uint8_t *)(*messagep)->frame->body);
    uint8_t *octets = copy(messagep, filtered);
    if (octets == NULL)
        return VIA_NO_MEMORY;
    for (size_t i = 0; i < 2; i++) {
        uint8_t *mask = octets + at + masks[i];
        octets_put_u32(mask, octets_get_u32(mask) & ~KEY_BITS);
    }
    return VIA_OK;
}

static bool is_key(uint8_t event)
{
    return event >= 1 && event <= 32 && (KEY_BITS & UINT32_C(0x80000000) >> (event - 1)) != 0;
}

static enum via_status filter_record(const struct message **messagep, const struct session *to,
                                     struct broker_filtered *filtered)
{
    const struct frame *frame = (*messagep)->frame;
    struct portfolio_message record;
    struct portfolio_frame event;
    size_t at = PORTFOLIO_FRAMES_AT;
    uint8_t *octets = NULL;
    if ((rights_of(to) & BROKER_KEYS) != 0)
        return VIA_OK;
    enum via_status status = portfolio_message_decode(frame->body, frame->body_size, &record, NULL);
    if (status == VIA_OK)
        status = portfolio_frames_check(record.data, record.size, NULL);
    while (status == VIA_OK && portfolio_frames_next(record.data, record.size, &at, &event)) {
        if (!is_key(event.number))
            continue;
        size_t place = (size_t)(event.data - (const uint8_t *)frame->body);
        if (octets == NULL)
            octets = copy(messagep, filtered);
        if (octets == NULL)
            return VIA_NO_MEMORY;
        memset(octets + place, 0, event.size);
    }
    return status;
}

/* ---- judging ---- */

static enum via_status judge_configure(const struct message **messagep,
                                       const struct portfolio_message *request,
                                       struct broker_filtered *filtered)
{
    const uint8_t *data = request->data;
    if (request->size < sizeof(ConfigurationRequest))
        return VIA_OK; /* the broker refuses it */
    uint32_t category = octets_get_u32(data + offsetof(ConfigurationRequest, cr_Category));
    enum via_status status = VIA_OK;
    if (category != LC_NoSeeUm && category != LC_Observer)
        status = need((*messagep)->from, BROKER_FOCUS, "EB_Configure as focus listener");
    return status == VIA_OK ? filter_masks(messagep, request, filtered) : status;
}

static enum via_status judge_sent(const struct session *from,
                                  const struct portfolio_message *request)
{
    uint8_t record[PORTFOLIO_RECORD_MAX];
    size_t size;
    enum via_status status = need(from, BROKER_SEND_EVENT, "EB_SendEvent");
    if (status != VIA_OK || (rights_of(from) & BROKER_INJECT) != 0 ||
        portfolio_send_event_take(request->data, request->size, false, record, &size, NULL) !=
            (int32_t)MAKEEB(ER_SEVERE, ER_C_STND, ER_NotPrivileged))
        return status;
    return need(from, BROKER_INJECT, "EB_SendEvent of the system's own events");
}

static enum via_status judge_request(const struct message **messagep,
                                     struct broker_filtered *filtered)
{
    const struct session *from = (*messagep)->from;
    const struct frame *frame = (*messagep)->frame;
    struct portfolio_message request;
    enum via_status status =
        portfolio_message_decode(frame->body, frame->body_size, &request, NULL);
    if (status != VIA_OK || request.size < FLAVOR_SIZE)
        return status;
    switch (octets_get_u32(request.data)) {
    case EB_Configure:
        return judge_configure(messagep, &request, filtered);
    case EB_SetFocus:
        return need(from, BROKER_SET_FOCUS, "EB_SetFocus");
    case EB_SendEvent:
        return judge_sent(from, &request);
    case EB_IssuePodCmd:
        return need(from, BROKER_COMMAND, "EB_IssuePodCmd");
    case EB_WritePodData:
        return need(from, BROKER_WRITE, "EB_WritePodData");
    case EB_LockPod:
        return need(from, BROKER_LOCK, "EB_LockPod");
    case EB_ReadPodData: /* of what pod, only the broker knows */
        return need(from, BROKER_KEYS, "EB_ReadPodData");
    default:
        return VIA_OK;
    }
}

enum via_status broker_rights_judge(const struct message **messagep,
                                    const struct gateway_object *object,
                                    const struct session *owner, struct broker_filtered *filtered)
{
    const struct message *message = *messagep;
    const struct frame *frame = message->frame;
    if (!broker_rights_concern(message->from, owner, frame))
        return VIA_OK;
    assert(frame->passage == NULL); /* who asks whether it concerns puts it together */
    if (owner->principal.remote && is_record(frame))
        return filter_record(messagep, owner, filtered);
    if (!message->from->principal.remote || !is_broker(object))
        return VIA_OK;
    if (!portfolio_pod_is(frame->body, frame->body_size))
        return judge_request(messagep, filtered);
    return need(message->from, BROKER_INJECT, "being a pod");
}
