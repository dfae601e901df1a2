/*
 * A provider names the class of a state, and the rest follows from it. Texts and octets pass
 * through the scratch, where they stand until the payload is written.
 */
#include "codecs/portfolio_json_pod.h"

#include <stdio.h>
#include <string.h>

#include "codecs/json_write.h"
#include "codecs/portfolio_event_names.h"
#include "codecs/portfolio_json_given.h"
#include "codecs/portfolio_json_values.h"
#include "codecs/portfolio_name.h"

#define PLACE_MAX 32u /* "states.IRController" */

/* ---- out ---- */

static void write_name(struct buffer *out, const char *name)
{
    if (name == NULL)
        return;
    json_write_key(out, "name");
    json_write_chars(out, name);
}

static enum via_status write_attach(struct buffer *out, const uint8_t *octets, size_t size)
{
    struct portfolio_pod_attach attach;
    enum via_status status = portfolio_pod_get_attach(octets, size, &attach, NULL);
    if (status != VIA_OK)
        return status;
    const struct portfolio_pod_type *type = portfolio_pod_type_of(attach.type);
    json_write_key(out, "type");
    if (type != NULL)
        json_write_chars(out, type->name);
    else
        json_write_u64(out, attach.type);
    json_write_key(out, "flags");
    json_write_u64(out, attach.flags);
    write_name(out, attach.name);
    return out->status;
}

static enum via_status write_states(struct buffer *out, const uint8_t *octets, size_t size)
{
    struct portfolio_pod_states states;
    enum via_status status = portfolio_pod_get_states(octets, size, &states, NULL);
    if (status != VIA_OK)
        return status;
    json_write_key(out, "pod");
    json_write_u64(out, states.number);
    json_write_key(out, "states");
    for (size_t i = 0; i < states.n; i++) {
        const struct portfolio_class *class = portfolio_class_of(states.states[i].class);
        buffer_add_octet(out, i == 0 ? '{' : ',');
        json_write_chars(out, class->name);
        json_write_text(out, ":");
        portfolio_json_event_data(out, class->data, (int)states.states[i].class,
                                  states.states[i].data, class->data->size);
    }
    json_write_text(out, "}");
    return out->status;
}

static enum via_status write_output(struct buffer *out, const uint8_t *octets, size_t size)
{
    struct portfolio_pod_output output;
    enum via_status status = portfolio_pod_get_output(octets, size, &output, NULL);
    if (status != VIA_OK)
        return status;
    json_write_key(out, "pod");
    json_write_u64(out, output.number);
    json_write_key(out, "kind");
    json_write_chars(out, output.kind == PORTFOLIO_POD_RAW ? "raw" : "command");
    json_write_key(out, "id");
    json_write_u64(out, output.id);
    portfolio_json_octets(out, output.octets, output.size);
    return out->status;
}

static enum via_status write_done(struct buffer *out, const uint8_t *octets, size_t size)
{
    struct portfolio_pod_done done;
    enum via_status status = portfolio_pod_get_done(octets, size, &done, NULL);
    if (status != VIA_OK)
        return status;
    json_write_key(out, "pod");
    json_write_u64(out, done.number);
    json_write_key(out, "id");
    json_write_u64(out, done.id);
    json_write_key(out, "result");
    json_write_i64(out, done.result);
    portfolio_json_octets(out, done.octets, done.size);
    return out->status;
}

static enum via_status write_number(struct buffer *out, const uint8_t *octets, size_t size,
                                    const char *name)
{
    uint32_t number;
    enum via_status status = portfolio_pod_get_number(octets, size, &number, NULL);
    if (status != VIA_OK)
        return status;
    json_write_key(out, name);
    json_write_u64(out, number);
    return out->status;
}

/* Of programs' own events. */
static enum via_status write_names(struct buffer *out, const uint8_t *octets, size_t size)
{
    size_t at = PORTFOLIO_EVENT_NAMES_HEAD;
    uint8_t number;
    const char *name;
    if (!portfolio_event_names_are(octets, size))
        return VIA_BAD_PAYLOAD;
    const char *before = "[{\"number\":";
    json_write_key(out, "events");
    if (at == size)
        json_write_text(out, "[");
    while (portfolio_event_names_next(octets, size, &at, &number, &name)) {
        buffer_add(out, before, strlen(before));
        json_write_u64(out, number);
        write_name(out, name);
        json_write_text(out, "}");
        before = ",{\"number\":";
    }
    json_write_text(out, "]");
    return out->status;
}

enum via_status portfolio_json_pod(struct buffer *out, const uint8_t *octets, size_t size,
                                   uint32_t code)
{
    switch (code) {
    case PORTFOLIO_POD_ATTACH:
        return write_attach(out, octets, size);
    case PORTFOLIO_POD_STATE:
        return write_states(out, octets, size);
    case PORTFOLIO_POD_DETACH:
        return write_number(out, octets, size, "pod");
    case PORTFOLIO_POD_OUTPUT:
        return write_output(out, octets, size);
    case PORTFOLIO_POD_DONE:
        return write_done(out, octets, size);
    case PORTFOLIO_STEP:
        return write_number(out, octets, size, "fields");
    case PORTFOLIO_SETTLE:
        return write_number(out, octets, size, "unanswered");
    case PORTFOLIO_ITEM_NAME:
        return write_number(out, octets, size, "item");
    case PORTFOLIO_EVENT_NAMES:
        return write_names(out, octets, size);
    default: /* a peer's code */
        return VIA_BAD_PAYLOAD;
    }
}

/* ---- in ---- */

static enum via_status missing(struct json_source *source, const struct json_given *given,
                               const char *words)
{
    return json_source_fail(source, NULL, VIA_BAD_JSON, "%s: is missing: %s", given->name, words);
}

/* The number of a pod, or of something else. */
static enum via_status read_number(struct json_source *source, const struct json_given *given,
                                   uint32_t *numberp)
{
    return json_is_given(given) ? portfolio_given_number(source, given, PORTFOLIO_U32, numberp)
                                : missing(source, given, "a number");
}

static enum via_status read_pod(struct json_source *source, const struct json_given *given,
                                uint32_t *numberp)
{
    enum via_status status = read_number(source, given, numberp);
    if (status == VIA_OK && (*numberp == 0 || *numberp > PORTFOLIO_POD_NUMBER_MAX))
        status = json_given_fail(source, given, "a number from 1 to 255");
    return status;
}

/* "BASIC_CONTROL_PAD", or a number. */
static enum via_status read_type(struct json_source *source, const struct json_given *given,
                                 struct portfolio_pod_attach *attach)
{
    const struct json_token *token = &given->token;
    const struct portfolio_pod_type *type = NULL;
    if (!json_is_given(given))
        return missing(source, given, "a type of pods");
    if (token->kind == JSON_STRING && !token->escaped)
        type = portfolio_pod_type_named(token->text, token->size);
    if (type != NULL)
        attach->type = type->type;
    else if (token->kind != JSON_NUMBER)
        return json_given_fail(source, given, "a type such as \"BASIC_CONTROL_PAD\"");
    else if (portfolio_given_number(source, given, PORTFOLIO_U32, &attach->type) != VIA_OK)
        return VIA_BAD_JSON;
    type = portfolio_pod_type_of(attach->type);
    attach->flags = type != NULL ? type->flags : 0;
    return VIA_OK;
}

/* A number, or names of classes. */
static enum via_status read_flags(struct json_source *source, const struct json_given *given,
                                  uint32_t *flagsp)
{
    struct json_pull pull;
    struct json_token token;
    uint32_t flags = 0, class;
    if (given->token.kind != JSON_ARRAY)
        return portfolio_given_number(source, given, PORTFOLIO_U32, flagsp);
    json_pull_start(&pull, given->value.text, given->value.size, JSON_DEPTH_MAX);
    (void)json_pull_next(&pull, &token);
    while (json_pull_next(&pull, &token) != JSON_ARRAY_END) {
        if (token.kind != JSON_STRING || token.escaped ||
            !portfolio_class_named(token.text, token.size, &class))
            return json_given_fail(source, given, "names of classes such as \"ControlPad\"");
        flags |= portfolio_class_flag(class);
    }
    *flagsp = flags;
    return VIA_OK;
}

/* Its place in the scratch is @namep's until the scratch grows. */
static enum via_status read_name(struct json_source *source, const struct json_given *given,
                                 const char **namep)
{
    size_t start = source->scratch->size;
    enum via_status status = json_given_text(source, given, false);
    if (status != VIA_OK)
        return status;
    buffer_add_octet(source->scratch, 0);
    if (source->scratch->status != VIA_OK)
        return json_source_fail(source, given->value.text, source->scratch->status,
                                "%s: there is no memory for it", given->name);
    *namep = (const char *)source->scratch->data + start;
    return portfolio_name_is_legal(*namep, SIZE_MAX)
               ? VIA_OK
               : json_given_fail(source, given, "1 to 255 octets without control characters");
}

static enum via_status given_attach(struct json_source *source, const struct json_span *object,
                                    uint8_t *octets, size_t *sizep)
{
    enum { TYPE, FLAGS, NAME, N };
    struct json_given parts[N] = {{.name = "type"}, {.name = "flags"}, {.name = "name"}};
    struct portfolio_pod_attach attach = {.type = 0};
    enum via_status status = json_given_collect(source, object, parts, N);
    if (status == VIA_OK)
        status = read_type(source, &parts[TYPE], &attach);
    if (status == VIA_OK && json_is_given(&parts[FLAGS]))
        status = read_flags(source, &parts[FLAGS], &attach.flags);
    if (status == VIA_OK && json_is_given(&parts[NAME]))
        status = read_name(source, &parts[NAME], &attach.name);
    if (status == VIA_OK)
        *sizep = portfolio_pod_put_attach(&attach, octets);
    return status;
}

/* Adds the states of all classes that @given names to the scratch, and which they are to @states.
 */
static enum via_status add_states(struct json_source *source, const struct json_given *given,
                                  struct portfolio_pod_states *states)
{
    static const char words[] = "an object of states by names of classes";
    struct json_given parts[PORTFOLIO_CLASSES] = {{.name = NULL}};
    uint32_t classes[PORTFOLIO_CLASSES];
    char place[PLACE_MAX];
    size_t n = 0;
    for (uint32_t i = 0; i < PORTFOLIO_CLASSES; i++) {
        const struct portfolio_class *class = portfolio_class_of(i);
        if (class == NULL || class->data == NULL)
            continue;
        parts[n].name = class->name;
        classes[n++] = i;
    }
    enum via_status status = json_is_given(given) ? json_given_parts(source, given, words, parts, n)
                                                  : missing(source, given, words);
    for (size_t i = 0; status == VIA_OK && i < n; i++) {
        if (!json_is_given(&parts[i]))
            continue;
        size_t start = source->scratch->size, size = portfolio_class_of(classes[i])->data->size;
        (void)snprintf(place, sizeof place, "%s.%s", given->name, parts[i].name);
        parts[i].name = place;
        status = portfolio_given_event_data(source, &parts[i], portfolio_class_of(classes[i])->data,
                                            (int)classes[i]);
        if (status == VIA_OK && source->scratch->size - start != size)
            status = json_given_fail(source, &parts[i], "as many words as the class has");
        states->states[states->n++].class = classes[i];
    }
    if (status == VIA_OK && states->n == 0)
        status = json_given_fail(source, given, words);
    return status;
}

static enum via_status given_states(struct json_source *source, const struct json_span *object,
                                    uint8_t *octets, size_t *sizep)
{
    struct json_given parts[] = {{.name = "pod"}, {.name = "states"}};
    struct portfolio_pod_states states = {.n = 0};
    size_t start = source->scratch->size;
    enum via_status status = json_given_collect(source, object, parts, 2);
    if (status == VIA_OK)
        status = read_pod(source, &parts[0], &states.number);
    if (status == VIA_OK)
        status = add_states(source, &parts[1], &states);
    if (status != VIA_OK)
        return status;
    const uint8_t *at = source->scratch->data + start;
    for (size_t i = 0; i < states.n; i++) {
        states.states[i].data = at;
        at += portfolio_class_of(states.states[i].class)->data->size;
    }
    *sizep = portfolio_pod_put_states(&states, octets);
    return VIA_OK;
}

static enum via_status given_number(struct json_source *source, const struct json_span *object,
                                    const char *name, uint8_t *octets, size_t *sizep)
{
    struct json_given parts[] = {{.name = name}};
    uint32_t number = 0;
    enum via_status status = json_given_collect(source, object, parts, 1);
    if (status == VIA_OK)
        status = strcmp(name, "pod") == 0 ? read_pod(source, &parts[0], &number)
                                          : read_number(source, &parts[0], &number);
    if (status == VIA_OK)
        *sizep = portfolio_pod_put_number(number, octets);
    return status;
}

static enum via_status given_done(struct json_source *source, const struct json_span *object,
                                  uint8_t *octets, size_t *sizep)
{
    enum { POD, ID, RESULT, OCTETS, N };
    struct json_given parts[N] = {
        {.name = "pod"}, {.name = "id"}, {.name = "result"}, {.name = "octets"}};
    struct portfolio_pod_done done = {.number = 0};
    uint32_t result = 0;
    size_t start = source->scratch->size;
    enum via_status status = json_given_collect(source, object, parts, N);
    if (status == VIA_OK)
        status = read_pod(source, &parts[POD], &done.number);
    if (status == VIA_OK)
        status = read_number(source, &parts[ID], &done.id);
    if (status == VIA_OK && json_is_given(&parts[RESULT]))
        status = portfolio_given_number(source, &parts[RESULT], PORTFOLIO_I32, &result);
    if (status == VIA_OK && json_is_given(&parts[OCTETS]))
        status = portfolio_given_octet_array(source, &parts[OCTETS]);
    if (status != VIA_OK)
        return status;
    done.result = (int32_t)result;
    done.size = source->scratch->size - start;
    done.octets = done.size > 0 ? source->scratch->data + start : NULL;
    *sizep = portfolio_pod_put_done(&done, octets);
    return *sizep > 0 ? VIA_OK
                      : json_given_fail(source, &parts[OCTETS], "an array of at most 64 octets");
}

enum via_status portfolio_given_pod(struct json_source *source, const struct json_span *object,
                                    uint32_t code, uint8_t *octets, size_t *sizep)
{
    switch (code) {
    case PORTFOLIO_POD_ATTACH:
        return given_attach(source, object, octets, sizep);
    case PORTFOLIO_POD_STATE:
        return given_states(source, object, octets, sizep);
    case PORTFOLIO_POD_DETACH:
        return given_number(source, object, "pod", octets, sizep);
    case PORTFOLIO_STEP:
        return given_number(source, object, "fields", octets, sizep);
    case PORTFOLIO_SETTLE:
        return given_number(source, object, "unanswered", octets, sizep);
    case PORTFOLIO_ITEM_NAME:
        return given_number(source, object, "item", octets, sizep);
    case PORTFOLIO_POD_DONE:
        return given_done(source, object, octets, sizep);
    default: /* what only the broker says */
        return json_source_fail(source, NULL, VIA_BAD_JSON, "nobody says this to the broker");
    }
}
