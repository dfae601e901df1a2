/*
 * A message's data are put together in the scratch, by their flavor; then all of it is encoded into
 * the parcel at once. Data of no flavor that clients ask the broker for are octets, text or two
 * words, as they are given.
 */
#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_flavors.h"
#include "codecs/portfolio_json.h"
#include "codecs/portfolio_json_given.h"
#include "codecs/portfolio_json_pod.h"
#include "codecs/portfolio_name.h"
#include "codecs/portfolio_pod.h"
#include "include/portfolio/event.h"

#define POD_DATA_COUNT_AT offsetof(PodDataHeader, pd_DataByteCount)

/* The names that messages may have: first those of any message, last those of data as they are. */
enum key {
    KEY_FLAVOR,
    KEY_PRIORITY,
    KEY_NAME,
    KEY_BUFFER,
    N_ENVELOPES,
    KEY_CATEGORY = N_ENVELOPES,
    KEY_TRIGGER,
    KEY_CAPTURE,
    KEY_QUEUE_MAX,
    KEY_LISTENER,
    KEY_POD,
    KEY_WAIT,
    KEY_OCTETS,
    KEY_UI,
    KEY_EVENT_NAME,
    KEY_FRAMES,
    KEY_DATA,
    KEY_TEXT,
    KEY_WORDS,
    N_KEYS
};
#define ANYONES (((1u << N_ENVELOPES) - 1) | 1u << KEY_DATA | 1u << KEY_TEXT | 1u << KEY_WORDS)

static const char *const names[N_KEYS] = {
    [KEY_FLAVOR] = "flavor",
    [KEY_PRIORITY] = "priority",
    [KEY_NAME] = "name",
    [KEY_BUFFER] = "buffer",
    [KEY_CATEGORY] = "category",
    [KEY_TRIGGER] = "trigger",
    [KEY_CAPTURE] = "capture",
    [KEY_QUEUE_MAX] = "queueMax",
    [KEY_LISTENER] = "listener",
    [KEY_POD] = "pod",
    [KEY_WAIT] = "wait",
    [KEY_OCTETS] = "octets",
    [KEY_UI] = "isUserInterfaceEvent",
    [KEY_EVENT_NAME] = "eventName",
    [KEY_FRAMES] = "frames",
    [KEY_DATA] = "data",
    [KEY_TEXT] = "text",
    [KEY_WORDS] = "words",
};

struct reader {
    struct json_source source;
    const struct portfolio_json_names *registered;
    struct json_given given[N_KEYS];
    uint32_t code;
    struct portfolio_message message;
    char name[PORTFOLIO_NAME_MAX + 1];
};

static bool has(const struct reader *reader, enum key key)
{
    return json_is_given(&reader->given[key]);
}

/* ---- names ---- */

/* The names that data of a flavor have of their own, as bits. */
static uint32_t keys_of(uint32_t code)
{
    static const uint32_t pod = 1u << KEY_POD | 1u << KEY_WAIT;
    switch (code) {
    case EB_Configure:
        return 1u << KEY_CATEGORY | 1u << KEY_TRIGGER | 1u << KEY_CAPTURE | 1u << KEY_QUEUE_MAX;
    case EB_SetFocus:
        return 1u << KEY_LISTENER;
    case EB_RegisterEvent:
        return 1u << KEY_UI | 1u << KEY_EVENT_NAME;
    case EB_SendEvent:
    case EB_EventRecord:
        return 1u << KEY_FRAMES;
    case EB_ReadPodData:
    case EB_LockPod:
    case EB_UnlockPod:
        return pod;
    case EB_WritePodData:
    case EB_IssuePodCmd:
        return pod | 1u << KEY_OCTETS;
    default: /* a header alone, or none of the broker's */
        return 0;
    }
}

/* It may be said as well, as the writer does. */
static enum via_status check_flavor(struct reader *reader)
{
    const struct json_given *given = &reader->given[KEY_FLAVOR];
    uint32_t flavor = 0;
    if (!has(reader, KEY_FLAVOR) ||
        (given->token.kind == JSON_STRING && !given->token.escaped &&
         portfolio_flavor_named(given->token.text, given->token.size, &flavor) &&
         flavor == reader->code))
        return VIA_OK;
    return json_given_fail(&reader->source, given, "the name of the code");
}

/* Data as they are outweigh no names: they are instead of all. */
static bool is_raw(const struct reader *reader)
{
    return has(reader, KEY_DATA) || has(reader, KEY_TEXT) || has(reader, KEY_WORDS);
}

static enum via_status check_names(struct reader *reader)
{
    const uint32_t known = keys_of(reader->code) | ANYONES;
    const char *flavor = portfolio_flavor_name(reader->code);
    const struct json_given *sort = NULL;
    for (size_t key = 0; key < N_KEYS; key++)
        if (has(reader, (enum key)key) && (known & 1u << key) == 0)
            return json_source_fail(&reader->source, reader->given[key].value.text, VIA_BAD_JSON,
                                    "%s: %s has no such name", names[key],
                                    flavor != NULL ? flavor : "a message of no known flavor");
    for (size_t key = KEY_WORDS + 1; is_raw(reader) && key-- > N_ENVELOPES;) {
        if (!has(reader, (enum key)key))
            continue;
        if (sort != NULL)
            return json_source_fail(&reader->source, reader->given[key].value.text, VIA_BAD_JSON,
                                    "%s: stands beside %s, and only one may", names[key],
                                    sort->name);
        sort = &reader->given[key];
    }
    return check_flavor(reader);
}

/* ---- data ---- */

static enum via_status missing(struct reader *reader, enum key key)
{
    return json_source_fail(&reader->source, NULL, VIA_BAD_JSON, "%s: is missing", names[key]);
}

/* Adds a structure to the scratch. */
static enum via_status add(struct reader *reader, const struct portfolio_struct *structure,
                           const void *native)
{
    uint8_t *room = buffer_room(reader->source.scratch, structure->size);
    if (room == NULL)
        return json_source_fail(&reader->source, NULL, reader->source.scratch->status,
                                "there is no memory for the message");
    portfolio_write(structure, native, room);
    return VIA_OK;
}

static enum via_status read_number(struct reader *reader, enum key key, enum portfolio_type type,
                                   void *numberp)
{
    uint32_t number = 0;
    if (!has(reader, key))
        return VIA_OK;
    enum via_status status =
        portfolio_given_number(&reader->source, &reader->given[key], type, &number);
    if (status == VIA_OK)
        memcpy(numberp, &number, sizeof number);
    return status;
}

static enum via_status add_configuration(struct reader *reader)
{
    ConfigurationRequest request = {.cr_Header = {EB_Configure}, .cr_Category = LC_Observer};
    struct json_source *source = &reader->source;
    uint32_t category = LC_Observer;
    enum via_status status = VIA_OK;
    if (has(reader, KEY_CATEGORY))
        status = portfolio_given_category(source, &reader->given[KEY_CATEGORY], &category);
    if (status == VIA_OK && has(reader, KEY_TRIGGER))
        status = portfolio_given_mask(source, &reader->given[KEY_TRIGGER], reader->registered,
                                      request.cr_TriggerMask);
    if (status == VIA_OK && has(reader, KEY_CAPTURE))
        status = portfolio_given_mask(source, &reader->given[KEY_CAPTURE], reader->registered,
                                      request.cr_CaptureMask);
    if (status == VIA_OK)
        status = read_number(reader, KEY_QUEUE_MAX, PORTFOLIO_I32, &request.cr_QueueMax);
    memcpy(&request.cr_Category, &category, sizeof category);
    return status == VIA_OK ? add(reader, &portfolio_configuration_request, &request) : status;
}

static enum via_status add_focus(struct reader *reader)
{
    SetFocus request = {.sf_Header = {EB_SetFocus}};
    if (!has(reader, KEY_LISTENER))
        return missing(reader, KEY_LISTENER);
    enum via_status status =
        read_number(reader, KEY_LISTENER, PORTFOLIO_PORT, &request.sf_DesiredFocusListener);
    return status == VIA_OK ? add(reader, &portfolio_set_focus, &request) : status;
}

static enum via_status add_registration(struct reader *reader)
{
    static const struct portfolio_field name = {.n = sizeof((RegisterEvent *)NULL)->re_EventName,
                                                .type = PORTFOLIO_CHARS};
    RegisterEvent request = {.re_Header = {EB_RegisterEvent}};
    enum via_status status = VIA_OK;
    uint32_t is_users = 0;
    if (!has(reader, KEY_EVENT_NAME))
        return missing(reader, KEY_EVENT_NAME);
    if (has(reader, KEY_UI))
        status = portfolio_given_flag(&reader->source, &reader->given[KEY_UI], &is_users);
    if (status == VIA_OK)
        status = portfolio_given_field(&reader->source, &reader->given[KEY_EVENT_NAME], &name,
                                       (uint8_t *)request.re_EventName);
    request.re_IsUserInterfaceEvent = (int32)is_users;
    return status == VIA_OK ? add(reader, &portfolio_register_event, &request) : status;
}

static enum via_status add_pod_data(struct reader *reader)
{
    PodDataHeader request = {.pd_Header = {(enum EventBrokerFlavor)reader->code}};
    struct json_source *source = &reader->source;
    uint32_t wait = 0;
    if (!has(reader, KEY_POD))
        return missing(reader, KEY_POD);
    enum via_status status = read_number(reader, KEY_POD, PORTFOLIO_I32, &request.pd_PodNumber);
    if (status == VIA_OK && has(reader, KEY_WAIT))
        status = portfolio_given_flag(source, &reader->given[KEY_WAIT], &wait);
    request.pd_WaitFlag = (int32)wait;
    if (status == VIA_OK)
        status = add(reader, &portfolio_pod_data, &request);
    if (status != VIA_OK || !has(reader, KEY_OCTETS))
        return status;
    status = portfolio_given_octet_array(source, &reader->given[KEY_OCTETS]);
    size_t size = source->scratch->size - portfolio_pod_data.size;
    if (status == VIA_OK)
        octets_put_u32(source->scratch->data + POD_DATA_COUNT_AT, (uint32_t)size);
    return status;
}

static enum via_status add_header(struct reader *reader)
{
    const EventBrokerHeader header = {(enum EventBrokerFlavor)reader->code};
    return add(reader, &portfolio_header, &header);
}

static enum via_status add_events(struct reader *reader)
{
    enum via_status status = add_header(reader);
    if (status != VIA_OK)
        return status;
    return has(reader, KEY_FRAMES)
               ? portfolio_given_frames(&reader->source, &reader->given[KEY_FRAMES],
                                        reader->registered)
               : missing(reader, KEY_FRAMES);
}

static enum via_status add_raw(struct reader *reader)
{
    static const struct portfolio_field words = {.n = 2, .type = PORTFOLIO_U32};
    uint8_t octets[PORTFOLIO_WORDS_SIZE];
    struct json_source *source = &reader->source;
    if (has(reader, KEY_DATA))
        return json_given_octets(source, &reader->given[KEY_DATA]);
    if (has(reader, KEY_TEXT))
        return json_given_text(source, &reader->given[KEY_TEXT], true);
    enum via_status status =
        portfolio_given_field(source, &reader->given[KEY_WORDS], &words, octets);
    if (status != VIA_OK)
        return status;
    reader->message.kind = PORTFOLIO_SMALL;
    reader->message.words[0] = octets_get_u32(octets);
    reader->message.words[1] = octets_get_u32(octets + sizeof(uint32_t));
    return VIA_OK;
}

static enum via_status add_data(struct reader *reader)
{
    if (is_raw(reader))
        return add_raw(reader);
    switch (reader->code) {
    case EB_Configure:
        return add_configuration(reader);
    case EB_SetFocus:
        return add_focus(reader);
    case EB_RegisterEvent:
        return add_registration(reader);
    case EB_SendEvent:
    case EB_EventRecord:
        return add_events(reader);
    case EB_ReadPodData:
    case EB_WritePodData:
    case EB_LockPod:
    case EB_UnlockPod:
    case EB_IssuePodCmd:
        return add_pod_data(reader);
    default: /* what has no names of its own */
        return add_header(reader);
    }
}

/* ---- messages ---- */

static enum via_status read_name(struct reader *reader)
{
    struct portfolio_field field = {.n = sizeof reader->name, .type = PORTFOLIO_CHARS};
    const struct json_given *given = &reader->given[KEY_NAME];
    if (!has(reader, KEY_NAME))
        return VIA_OK;
    enum via_status status =
        portfolio_given_field(&reader->source, given, &field, (uint8_t *)reader->name);
    if (status == VIA_OK && !portfolio_name_is_legal(reader->name, sizeof reader->name))
        status =
            json_given_fail(&reader->source, given, "1 to 255 octets without control characters");
    reader->message.name = reader->name;
    return status;
}

/* A message has a buffer, for the answers that need one, and is none the worse for it. */
static enum via_status read_buffer(struct reader *reader)
{
    struct portfolio_message *message = &reader->message;
    const struct json_given *given = &reader->given[KEY_BUFFER];
    size_t size = reader->source.scratch->size;
    uint32_t room = size > PORTFOLIO_JSON_BUFFER ? (uint32_t)size : PORTFOLIO_JSON_BUFFER;
    enum via_status status = read_number(reader, KEY_BUFFER, PORTFOLIO_U32, &room);
    if (status != VIA_OK)
        return status;
    if (has(reader, KEY_BUFFER) && message->kind == PORTFOLIO_SMALL)
        return json_given_fail(&reader->source, given, "absent: a small message has none");
    if (message->kind == PORTFOLIO_SMALL)
        return VIA_OK;
    if (room > PORTFOLIO_DATA_MAX || (room > 0 && room < size))
        return json_source_fail(&reader->source, given->value.text, VIA_TOO_LARGE,
                                "buffer: is to be 0, for none, or %zu to %u octets", size,
                                PORTFOLIO_DATA_MAX);
    message->kind = room > 0 ? PORTFOLIO_BUFFERED : PORTFOLIO_STANDARD;
    message->capacity = room;
    message->data = reader->source.scratch->data;
    message->size = size;
    return VIA_OK;
}

static enum via_status put_message(struct reader *reader, struct via_parcel *parcel)
{
    size_t size = 0;
    uint8_t *at = NULL;
    enum via_status status = portfolio_message_size(&reader->message, &size);
    if (status == VIA_OK)
        status = via_parcel_extend(parcel, size, VIA_TAG_PAD, 0, &at);
    if (status != VIA_OK)
        return json_source_fail(&reader->source, NULL, status, "a message with %zu octets: %s",
                                reader->message.size, via_status_name(status));
    portfolio_message_encode(&reader->message, at);
    return VIA_OK;
}

static enum via_status read_message(struct reader *reader, struct via_parcel *parcel)
{
    uint32_t priority = 0;
    enum via_status status = check_names(reader);
    if (status == VIA_OK)
        status = read_number(reader, KEY_PRIORITY, PORTFOLIO_U8, &priority);
    if (status == VIA_OK)
        status = read_name(reader);
    if (status == VIA_OK)
        status = add_data(reader);
    if (status == VIA_OK)
        status = read_buffer(reader);
    reader->message.priority = (uint8_t)priority;
    return status == VIA_OK ? put_message(reader, parcel) : status;
}

static enum via_status read_provider(struct json_source *source, const struct json_span *object,
                                     uint32_t code, struct via_parcel *parcel)
{
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX], *at = NULL;
    size_t size = 0;
    enum via_status status = portfolio_given_pod(source, object, code, octets, &size);
    if (status != VIA_OK)
        return status;
    status = via_parcel_extend(parcel, size, VIA_TAG_PAD, 0, &at);
    if (status != VIA_OK)
        return json_source_fail(source, NULL, status, "there is no memory for it");
    memcpy(at, octets, size);
    return VIA_OK;
}

bool portfolio_json_code(const char *text, size_t size, uint32_t *codep)
{
    return portfolio_flavor_named(text, size, codep);
}

enum via_status portfolio_json_read(const char *text, size_t size, uint32_t code,
                                    const struct portfolio_json_names *registered,
                                    struct via_parcel *parcel, struct portfolio_question *questionp,
                                    struct buffer *scratch, struct json_parcel_fault *fault)
{
    static const char nothing[] = "{}";
    struct reader reader = {
        .source = {.text = text != NULL ? text : nothing, .scratch = scratch, .fault = fault},
        .registered = registered,
        .code = code,
    };
    const struct json_span object = {.text = reader.source.text,
                                     .size = text != NULL ? size : sizeof nothing - 1};
    bool is_provider = code >= PORTFOLIO_POD_ATTACH && portfolio_flavor_name(code) != NULL;
    enum via_status status;
    buffer_cut(scratch, 0);
    for (size_t key = 0; key < N_KEYS; key++)
        reader.given[key].name = names[key];
    *questionp = (struct portfolio_question){.code = code, .kind = PORTFOLIO_PROVIDER};
    if (is_provider)
        return read_provider(&reader.source, &object, code, parcel);
    status = json_given_collect(&reader.source, &object, reader.given, N_KEYS);
    if (status == VIA_OK)
        status = read_message(&reader, parcel);
    questionp->kind = reader.message.kind;
    questionp->capacity = reader.message.capacity;
    return status;
}
