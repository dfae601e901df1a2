/*
 * A line is gone through twice: for what it is about first, and then for what the pod says, which
 * depends on that. Names of structures' fields and of buttons are the codecs'.
 */
#include "gateway/event_broker/pod_recording.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/json_number.h"
#include "codecs/json_pull.h"
#include "codecs/json_write.h"
#include "codecs/octets.h"
#include "include/portfolio/event.h"

#define DEPTH_MAX 4u /* {"states":{"Keyboard":{"keyMatrix":[...]}}} */

/* Of a stick's words. */
#define STICK_FIRST_AXIS 1u
#define STICK_LAST_AXIS 3u
#define STICK_REST 512u

struct pod_recording {
    uint64_t time_us;
    uint32_t gone; /* the pod that the last line detached; 0: none */
    bool has_assumed;
    struct pod_recorded assumed;
    struct pod_recorded *pods[PORTFOLIO_POD_NUMBER_MAX + 1]; /* owned, by number; NULL: not there */
};

struct reader {
    struct pod_recording *recording;
    struct pod_recording_fault *fault;
    struct json_pull pull;
    const char *line;
    size_t size;
};

/* What a line is about. */
struct subject {
    bool has_kind, has_pod, has_type, has_flags, has_name;
    struct pod_entry entry;
    uint32_t type, flags;
    char name[POD_RECORDING_NAME_MAX + 1];
};

uint32_t pod_first_said_class(uint32_t flags)
{
    for (uint32_t class = 0; class < PORTFOLIO_CLASSES; class ++) {
        const struct portfolio_class *named = portfolio_class_of(class);
        if ((flags & portfolio_class_flag(class)) != 0 && named != NULL && named->data != NULL)
            return class;
    }
    return PORTFOLIO_CLASSES;
}

void pod_recorded_init(struct pod_recorded *recorded, uint32_t type, uint32_t flags,
                       const char *name)
{
    *recorded = (struct pod_recorded){.type = type, .flags = flags};
    (void)snprintf(recorded->name, sizeof recorded->name, "%s", name);
    for (size_t word = STICK_FIRST_AXIS; word <= STICK_LAST_AXIS; word++)
        octets_put_u32(recorded->data[GENERIC_Stick] + 4 * word, STICK_REST);
}

/* ---- life ---- */

enum via_status pod_recording_create(struct pod_recording **recordingp,
                                     const struct pod_recorded *assumed)
{
    struct pod_recording *recording = calloc(1, sizeof *recording);
    if (recording == NULL)
        return VIA_NO_MEMORY;
    if (assumed != NULL) {
        recording->has_assumed = true;
        recording->assumed = *assumed;
    }
    *recordingp = recording;
    return VIA_OK;
}

struct pod_recording *pod_recording_destroy(struct pod_recording *recording)
{
    for (uint32_t pod = 0; recording != NULL && pod <= PORTFOLIO_POD_NUMBER_MAX; pod++)
        free(recording->pods[pod]);
    free(recording);
    return NULL;
}

/* ---- pieces of JSON ---- */

__attribute__((format(printf, 3, 4))) static enum via_status
complain(const struct reader *reader, const char *at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reader->fault->text, sizeof reader->fault->text, format, arguments);
    va_end(arguments);
    reader->fault->column = at == NULL ? 0 : (unsigned)(at - reader->line) + 1;
    return VIA_INVALID;
}

static enum via_status complain_of_json(const struct reader *reader)
{
    return complain(reader, reader->line + json_pull_offset(&reader->pull), "%s",
                    reader->pull.fault == NULL ? "is no JSON object" : reader->pull.fault);
}

static bool is_called(const struct json_token *token, const char *name)
{
    return !token->escaped && strlen(name) == token->size &&
           memcmp(name, token->text, token->size) == 0;
}

static int shown(const struct json_token *token)
{
    return token->size > 40 ? 40 : (int)token->size;
}

/* The number after a key called @name. */
static enum via_status read_number(struct reader *reader, const char *name, int64_t least,
                                   int64_t most, int64_t *numberp)
{
    struct json_token token;
    if (json_pull_next(&reader->pull, &token) == JSON_FAULT)
        return complain_of_json(reader);
    if (token.kind == JSON_NUMBER && json_number_i64(token.text, token.size, numberp) &&
        *numberp >= least && *numberp <= most)
        return VIA_OK;
    if (token.kind == JSON_ARRAY_END)
        return complain(reader, token.text, "%s has more numbers", name);
    return complain(reader, token.text, "%s is to be a whole number from %lld to %lld", name,
                    (long long)least, (long long)most);
}

/* A word of 32 bits, with a sign or without. */
static enum via_status read_word(struct reader *reader, const char *name, uint32_t *wordp)
{
    int64_t number = 0;
    enum via_status status = read_number(reader, name, INT32_MIN, UINT32_MAX, &number);
    if (status == VIA_OK)
        *wordp = (uint32_t)number;
    return status;
}

static enum via_status open_with(struct reader *reader, enum json_kind kind, const char *name,
                                 const char *words)
{
    struct json_token token;
    const enum json_kind found = json_pull_next(&reader->pull, &token);
    if (found == kind)
        return VIA_OK;
    return found == JSON_FAULT ? complain_of_json(reader)
                               : complain(reader, token.text, "%s is to be %s", name, words);
}

/* ---- what a pod says ---- */

static enum via_status read_buttons(struct reader *reader, const struct portfolio_class *class,
                                    uint8_t *data)
{
    struct json_token token;
    uint32_t all = 0, held = 0;
    enum via_status status =
        open_with(reader, JSON_ARRAY, "buttons", "an array of names, such as [\"A\"]");
    for (size_t i = 0; i < class->n_buttons; i++)
        all |= class->buttons[i].bit;
    while (status == VIA_OK && json_pull_next(&reader->pull, &token) != JSON_ARRAY_END) {
        uint32_t bit = 0;
        for (size_t i = 0; token.kind == JSON_STRING && i < class->n_buttons; i++)
            if (is_called(&token, class->buttons[i].name))
                bit = class->buttons[i].bit;
        if (token.kind == JSON_FAULT)
            return complain_of_json(reader);
        if (bit == 0)
            return complain(reader, token.text, "a %s has no button '%.*s'", class->name,
                            shown(&token), token.text);
        held |= bit;
    }
    if (status == VIA_OK)
        octets_put_u32(data, (octets_get_u32(data) & ~all) | held);
    return status;
}

static enum via_status read_field(struct reader *reader, const struct portfolio_field *field,
                                  uint8_t *data)
{
    struct json_token token;
    uint32_t word = 0;
    enum via_status status = VIA_OK;
    if (field->n > 1)
        status = open_with(reader, JSON_ARRAY, field->name, "an array of numbers");
    for (size_t i = 0; status == VIA_OK && i < field->n; i++) {
        status = read_word(reader, field->name, &word);
        if (status == VIA_OK)
            octets_put_u32(data + field->at + 4 * i, word);
    }
    if (status != VIA_OK || field->n == 1)
        return status;
    if (json_pull_next(&reader->pull, &token) == JSON_ARRAY_END)
        return VIA_OK;
    return token.kind == JSON_FAULT
               ? complain_of_json(reader)
               : complain(reader, token.text, "%s has %u numbers", field->name, field->n);
}

/* What stands behind a key, if it is one of the class's. */
static enum via_status read_member(struct reader *reader, const struct portfolio_class *class,
                                   const struct json_token *key, uint8_t *data)
{
    if (is_called(key, "buttons") && class->n_buttons > 0)
        return read_buttons(reader, class, data);
    for (size_t i = 0; i < class->data->n_fields; i++)
        if (class->data->fields[i].name != NULL && is_called(key, class->data->fields[i].name))
            return read_field(reader, &class->data->fields[i], data);
    return complain(reader, key->text, "a %s says no '%.*s'", class->name, shown(key), key->text);
}

static enum via_status read_class(struct reader *reader, const struct portfolio_class *class,
                                  uint8_t *data)
{
    struct json_token token;
    enum via_status status = open_with(reader, JSON_OBJECT, class->name, "an object");
    while (status == VIA_OK && json_pull_next(&reader->pull, &token) != JSON_OBJECT_END)
        status = token.kind == JSON_KEY ? read_member(reader, class, &token, data)
                                        : complain_of_json(reader);
    return status;
}

/* {"ControlPad":{...}} */
static enum via_status read_states(struct reader *reader, struct pod_recorded *pod,
                                   struct pod_entry *entry)
{
    struct json_token key;
    uint32_t class;
    enum via_status status =
        open_with(reader, JSON_OBJECT, "states", "an object of states by names of classes");
    while (status == VIA_OK && json_pull_next(&reader->pull, &key) != JSON_OBJECT_END) {
        if (key.kind != JSON_KEY)
            return complain_of_json(reader);
        if (!portfolio_class_named(key.text, key.size, &class) ||
            (pod->flags & portfolio_class_flag(class)) == 0 ||
            portfolio_class_of(class)->data == NULL)
            return complain(reader, key.text, "the pod is no %.*s", shown(&key), key.text);
        if (entry->classes & 1u << class)
            return complain(reader, key.text, "%.*s is said already", shown(&key), key.text);
        entry->classes |= 1u << class;
        status = read_class(reader, portfolio_class_of(class), pod->data[class]);
    }
    return status;
}

/* One member of the line that is not about the pod, but what it says: of all its classes, or of the
 * first. */
static enum via_status read_said(struct reader *reader, const struct json_token *key,
                                 struct pod_recorded *pod, struct pod_entry *entry)
{
    if (is_called(key, "states"))
        return read_states(reader, pod, entry);
    const uint32_t class = pod_first_said_class(pod->flags);
    if (class == PORTFOLIO_CLASSES)
        return complain(reader, key->text, "the pod is of no class that says anything");
    entry->classes |= 1u << class;
    return read_member(reader, portfolio_class_of(class), key, pod->data[class]);
}

/* ---- what a line is about ---- */

static const struct {
    const char *name;
    enum pod_entry_kind kind;
} kinds[] = {
    {"attach", POD_ENTRY_ATTACH},
    {"state", POD_ENTRY_STATE},
    {"detach", POD_ENTRY_DETACH},
};

static enum via_status read_kind(struct reader *reader, struct subject *subject)
{
    struct json_token token;
    (void)json_pull_next(&reader->pull, &token);
    for (size_t i = 0; token.kind == JSON_STRING && i < sizeof kinds / sizeof *kinds; i++)
        if (is_called(&token, kinds[i].name)) {
            subject->entry.kind = kinds[i].kind;
            return VIA_OK;
        }
    return token.kind == JSON_FAULT
               ? complain_of_json(reader)
               : complain(reader, token.text, "event is to be attach, state or detach");
}

static enum via_status read_type(struct reader *reader, struct subject *subject)
{
    struct json_token token;
    int64_t number;
    (void)json_pull_next(&reader->pull, &token);
    const struct portfolio_pod_type *type =
        token.kind == JSON_STRING ? portfolio_pod_type_named(token.text, token.size) : NULL;
    if (type != NULL) {
        subject->type = type->type;
        return VIA_OK;
    }
    if (token.kind == JSON_NUMBER && json_number_i64(token.text, token.size, &number) &&
        number >= 0 && number <= UINT32_MAX) {
        subject->type = (uint32_t)number;
        return VIA_OK;
    }
    return token.kind == JSON_FAULT ? complain_of_json(reader)
                                    : complain(reader, token.text,
                                               "type is to be a number, or a name such as "
                                               "BASIC_CONTROL_PAD");
}

static enum via_status read_name(struct reader *reader, struct subject *subject)
{
    struct json_token token;
    (void)json_pull_next(&reader->pull, &token);
    if (token.kind == JSON_FAULT)
        return complain_of_json(reader);
    if (token.kind != JSON_STRING || token.nul || token.size > POD_RECORDING_NAME_MAX)
        return complain(reader, token.text, "name is to be a text of at most %u octets",
                        POD_RECORDING_NAME_MAX);
    subject->name[json_pull_unescape(&token, subject->name)] = '\0';
    return VIA_OK;
}

static bool once(bool *has)
{
    const bool is_first = !*has;
    *has = true;
    return is_first;
}

/* Whether the key is one of those; *statusp of what stands behind it. */
static bool read_about(struct reader *reader, const struct json_token *key, struct subject *subject,
                       enum via_status *statusp)
{
    int64_t number = 0;
    bool is_first = true;
    if (is_called(key, "t")) {
        is_first = once(&subject->entry.has_time);
        *statusp = read_number(reader, "t", 0, (int64_t)POD_RECORDING_TIME_MAX, &number);
        subject->entry.time_us = (uint64_t)number;
    } else if (is_called(key, "pod")) {
        is_first = once(&subject->has_pod);
        *statusp = read_number(reader, "pod", 1, PORTFOLIO_POD_NUMBER_MAX, &number);
        subject->entry.pod = (uint32_t)number;
    } else if (is_called(key, "event")) {
        is_first = once(&subject->has_kind);
        *statusp = read_kind(reader, subject);
    } else if (is_called(key, "type")) {
        is_first = once(&subject->has_type);
        *statusp = read_type(reader, subject);
    } else if (is_called(key, "flags")) {
        is_first = once(&subject->has_flags);
        *statusp = read_number(reader, "flags", 0, UINT32_MAX, &number);
        subject->flags = (uint32_t)number;
    } else if (is_called(key, "name")) {
        is_first = once(&subject->has_name);
        *statusp = read_name(reader, subject);
    } else {
        return false;
    }
    if (*statusp == VIA_OK && !is_first)
        *statusp = complain(reader, key->text, "'%.*s' stands there twice", shown(key), key->text);
    return true;
}

static enum via_status read_subject(struct reader *reader, struct subject *subject)
{
    struct json_token token;
    enum via_status status = VIA_OK;
    json_pull_start(&reader->pull, reader->line, reader->size, DEPTH_MAX);
    if (json_pull_next(&reader->pull, &token) != JSON_OBJECT)
        return complain_of_json(reader);
    while (status == VIA_OK && json_pull_next(&reader->pull, &token) != JSON_OBJECT_END) {
        if (token.kind != JSON_KEY)
            return complain_of_json(reader);
        if (read_about(reader, &token, subject, &status))
            continue;
        if (json_pull_next(&reader->pull, &token) == JSON_FAULT ||
            !json_pull_skip(&reader->pull, &token, NULL))
            return complain_of_json(reader);
    }
    if (status == VIA_OK && json_pull_next(&reader->pull, &token) != JSON_END)
        return complain_of_json(reader);
    return status;
}

/* ---- a line ---- */

static enum via_status add_pod(struct reader *reader, uint32_t number,
                               const struct pod_recorded *from)
{
    struct pod_recorded *pod = malloc(sizeof *pod);
    if (pod == NULL)
        return VIA_NO_MEMORY;
    *pod = *from;
    free(reader->recording->pods[number]);
    reader->recording->pods[number] = pod;
    return VIA_OK;
}

static enum via_status attach(struct reader *reader, const struct subject *subject)
{
    struct pod_recorded pod;
    const struct portfolio_pod_type *type = portfolio_pod_type_of(subject->type);
    if (!subject->has_type)
        return complain(reader, NULL, "what type is the pod?");
    if (!subject->has_flags && (type == NULL || type->flags == 0))
        return complain(reader, NULL, "a pod of type %u is of no class by itself: say its flags",
                        subject->type);
    pod_recorded_init(&pod, subject->type, subject->has_flags ? subject->flags : type->flags,
                      subject->name);
    return add_pod(reader, subject->entry.pod, &pod);
}

/* The pod's own state, if the line has one. */
static enum via_status read_state(struct reader *reader, struct pod_recorded *pod,
                                  struct pod_entry *entry)
{
    struct subject ignored = {.has_kind = false};
    struct json_token token;
    enum via_status status = VIA_OK;
    json_pull_start(&reader->pull, reader->line, reader->size, DEPTH_MAX);
    (void)json_pull_next(&reader->pull, &token);
    while (status == VIA_OK && json_pull_next(&reader->pull, &token) == JSON_KEY)
        if (!read_about(reader, &token, &ignored, &status))
            status = read_said(reader, &token, pod, entry);
    if (status != VIA_OK)
        return status;
    if (entry->kind == POD_ENTRY_STATE)
        return entry->classes != 0 ? VIA_OK : complain(reader, NULL, "what does the pod say?");
    return entry->classes == 0 ? VIA_OK : complain(reader, NULL, "only a state says anything");
}

static enum via_status take(struct reader *reader, struct subject *subject)
{
    struct pod_recording *recording = reader->recording;
    struct pod_entry *entry = &subject->entry;
    struct pod_recorded *const *pod = &recording->pods[entry->pod];
    enum via_status status = VIA_OK;
    if (entry->has_time && entry->time_us < recording->time_us)
        return complain(reader, NULL, "t goes back, from %llu",
                        (unsigned long long)recording->time_us);
    if (entry->kind != POD_ENTRY_ATTACH &&
        (subject->has_type || subject->has_flags || subject->has_name))
        return complain(reader, NULL, "type, flags and name are an attach's");
    if (entry->kind == POD_ENTRY_ATTACH)
        status = *pod == NULL ? attach(reader, subject)
                              : complain(reader, NULL, "pod %u is there already", entry->pod);
    else if (*pod == NULL && recording->has_assumed)
        status = add_pod(reader, entry->pod, &recording->assumed);
    else if (*pod == NULL)
        return complain(reader, NULL, "pod %u is not there: attach it first", entry->pod);
    if (status == VIA_OK)
        status = read_state(reader, *pod, entry);
    if (status != VIA_OK)
        return status;
    if (entry->kind == POD_ENTRY_DETACH)
        recording->gone = entry->pod;
    if (entry->has_time)
        recording->time_us = entry->time_us;
    entry->time_us = recording->time_us;
    entry->recorded = *pod;
    return VIA_OK;
}

enum via_status pod_recording_read(struct pod_recording *recording, const char *line, size_t size,
                                   struct pod_entry *entryp, struct pod_recording_fault *fault)
{
    struct reader reader = {.recording = recording, .fault = fault, .line = line, .size = size};
    struct subject subject = {.entry = {.kind = POD_ENTRY_STATE, .pod = 1}};
    free(recording->pods[recording->gone]);
    recording->pods[recording->gone] = NULL;
    recording->gone = 0;
    if (size > POD_RECORDING_LINE_MAX)
        return complain(&reader, NULL, "longer than %u octets", POD_RECORDING_LINE_MAX);
    size_t blank = 0;
    while (blank < size && strchr(" \t\r", line[blank]) != NULL && line[blank] != '\0')
        blank++;
    if (blank == size)
        return VIA_END;
    enum via_status status = read_subject(&reader, &subject);
    if (status == VIA_OK)
        status = take(&reader, &subject);
    if (status == VIA_OK)
        *entryp = subject.entry;
    return status;
}
