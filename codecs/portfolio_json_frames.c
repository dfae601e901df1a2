/*
 * Frames and the data of events. Their names are those of the fields; "buttons" adds bits to the
 * first word by their names.
 */
#include <stdio.h>
#include <string.h>

#include "codecs/json_number.h"
#include "codecs/octets.h"
#include "codecs/portfolio_events.h"
#include "codecs/portfolio_frames.h"
#include "codecs/portfolio_json_given.h"
#include "include/portfolio/event.h"

#define WORD 4u
#define FIELDS_MAX 16u /* of a structure; a table's test counts them */
#define DATA_MAX 64u   /* octets of the largest structure of an event */
#define PLACE_MAX 48u  /* "frames[4294967295].data" */

_Static_assert(sizeof(IRControllerEventData) <= DATA_MAX, "data of an event find no room");

static enum via_status no_memory(struct json_source *source, const struct json_given *given)
{
    return json_source_fail(source, given->value.text, source->scratch->status,
                            "%s: there is no memory for it", given->name);
}

/* ---- data of events ---- */

static enum via_status add_words(struct json_source *source, const struct json_given *given)
{
    static const char words[] = "an array of integers of 32 bits, not signed";
    struct json_pull pull;
    struct json_token token;
    uint64_t number;
    json_pull_start(&pull, given->value.text, given->value.size, JSON_DEPTH_MAX);
    if (json_pull_next(&pull, &token) != JSON_ARRAY)
        return json_given_fail(source, given, words);
    while (json_pull_next(&pull, &token) != JSON_ARRAY_END) {
        if (!json_is_integer(&token) || !json_number_u64(token.text, token.size, &number) ||
            number > UINT32_MAX)
            return json_given_fail(source, given, words);
        uint8_t *room = buffer_room(source->scratch, WORD);
        if (room == NULL)
            return no_memory(source, given);
        octets_put_u32(room, (uint32_t)number);
    }
    return VIA_OK;
}

static enum via_status read_buttons(struct json_source *source, const struct json_given *given,
                                    const struct portfolio_class *class, uint32_t *bitsp)
{
    struct json_pull pull;
    struct json_token token;
    json_pull_start(&pull, given->value.text, given->value.size, JSON_DEPTH_MAX);
    if (json_pull_next(&pull, &token) != JSON_ARRAY)
        return json_given_fail(source, given, "an array of names of buttons");
    while (json_pull_next(&pull, &token) != JSON_ARRAY_END) {
        size_t i = 0;
        while (i < class->n_buttons &&
               (token.kind != JSON_STRING || token.escaped ||
                token.size != strlen(class->buttons[i].name) ||
                memcmp(token.text, class->buttons[i].name, token.size) != 0))
            i++;
        if (i == class->n_buttons)
            return json_source_fail(source, given->value.text, VIA_BAD_JSON,
                                    "%s: are to be names such as \"%s\"", given->name,
                                    class->buttons[0].name);
        *bitsp |= class->buttons[i].bit;
    }
    return VIA_OK;
}

/* What is under the names of @structure and "buttons", which come behind them. */
static enum via_status add_fields(struct json_source *source,
                                  const struct portfolio_struct *structure,
                                  const struct portfolio_class *class,
                                  const struct json_given *parts)
{
    uint8_t octets[DATA_MAX] = {0};
    const struct json_given *buttons = &parts[structure->n_fields];
    enum via_status status = VIA_OK;
    uint32_t bits = 0;
    for (size_t i = 0; status == VIA_OK && i < structure->n_fields; i++)
        if (json_is_given(&parts[i]))
            status = portfolio_given_field(source, &parts[i], &structure->fields[i], octets);
    if (status == VIA_OK && json_is_given(buttons)) {
        status = read_buttons(source, buttons, class, &bits);
        octets_put_u32(octets, octets_get_u32(octets) | bits);
    }
    if (status != VIA_OK)
        return status;
    buffer_add(source->scratch, octets, structure->size);
    return source->scratch->status == VIA_OK ? VIA_OK : no_memory(source, &parts[0]);
}

enum via_status portfolio_given_event_data(struct json_source *source,
                                           const struct json_given *given,
                                           const struct portfolio_struct *structure, int class)
{
    struct json_given parts[FIELDS_MAX + 2] = {{.name = NULL}};
    const struct portfolio_class *row = class >= 0 ? portfolio_class_of((uint32_t) class) : NULL;
    bool has_buttons = structure != NULL && row != NULL && row->n_buttons > 0;
    size_t n = 0;
    for (; structure != NULL && n < structure->n_fields; n++)
        parts[n].name = structure->fields[n].name;
    if (has_buttons)
        parts[n++].name = "buttons";
    struct json_given *words = &parts[n++];
    words->name = "words";
    const char *within = source->within;
    enum via_status status = json_given_parts(source, given, "an object", parts, n);
    source->within = given->name;
    for (size_t i = 0; status == VIA_OK && json_is_given(words) && i + 1 < n; i++)
        if (json_is_given(&parts[i]))
            status = json_given_fail(source, words, "there alone");
    if (status == VIA_OK)
        status = structure == NULL || json_is_given(words)
                     ? VIA_OK
                     : add_fields(source, structure, row, parts);
    if (status == VIA_OK && json_is_given(words))
        status = add_words(source, words);
    else if (status == VIA_OK && structure == NULL)
        status = json_given_fail(source, words, "there: the event has no names for its data");
    source->within = within;
    return status;
}

/* ---- frames ---- */

enum part {
    EVENT,
    NUMBER,
    SYSTEM,
    TIME,
    SUBMITTER,
    POD,
    POSITION,
    GENERIC,
    TRIGGER,
    DATA,
    N_PARTS
};

static const char *const part_names[N_PARTS] = {"event",     "number", "system",   "time",
                                                "submitter", "pod",    "position", "generic",
                                                "trigger",   "data"};

/* By name, by number, or by both. */
static enum via_status read_event(struct json_source *source, const struct json_given *parts,
                                  const struct portfolio_json_names *names, uint8_t *numberp)
{
    const struct json_given *event = &parts[EVENT], *given = &parts[NUMBER];
    const struct json_token *token = &event->token;
    uint32_t number = 0, named = 0;
    enum via_status status = VIA_OK;
    if (json_is_given(given))
        status = portfolio_given_number(source, given, PORTFOLIO_U8, &number);
    if (status != VIA_OK)
        return status;
    bool is_name = json_is_given(event) && token->kind == JSON_STRING && !token->escaped;
    if (is_name) {
        named = portfolio_event_named(token->text, token->size);
        if (named == 0 && names != NULL)
            named = names->number(names->user, token->text, token->size);
        if (named == 0 && json_is_given(given) && portfolio_event_of(number) == NULL)
            named = number; /* somebody's own, by its number */
    } else if (json_is_given(event)) {
        status = portfolio_given_number(source, event, PORTFOLIO_U8, &named);
    }
    if (status == VIA_OK && json_is_given(event) && named == 0)
        return json_given_fail(source, event, "the name or number of an event");
    if (status == VIA_OK && !json_is_given(event) && !json_is_given(given))
        return json_source_fail(source, NULL, VIA_BAD_JSON, "event: is missing");
    if (status == VIA_OK && json_is_given(event) && json_is_given(given) && named != number)
        return json_given_fail(source, given, "that of the event named");
    *numberp = (uint8_t)(json_is_given(given) ? number : named);
    return status;
}

static enum via_status read_part(struct json_source *source, const struct json_given *given,
                                 enum portfolio_type type, uint32_t *numberp)
{
    return json_is_given(given) ? portfolio_given_number(source, given, type, numberp) : VIA_OK;
}

/* All but what event it is, and its data. */
static enum via_status read_head(struct json_source *source, const struct json_given *parts,
                                 struct portfolio_frame *frame)
{
    uint32_t submitter = 0, trigger = 0;
    uint32_t places[3] = {0};
    enum via_status status = read_part(source, &parts[SYSTEM], PORTFOLIO_U32, &frame->system);
    if (status == VIA_OK)
        status = read_part(source, &parts[TIME], PORTFOLIO_U32, &frame->time);
    if (status == VIA_OK)
        status = read_part(source, &parts[SUBMITTER], PORTFOLIO_I32, &submitter);
    for (size_t i = 0; status == VIA_OK && i < 3; i++)
        status = read_part(source, &parts[POD + i], PORTFOLIO_U8, &places[i]);
    if (status == VIA_OK && json_is_given(&parts[TRIGGER]))
        status = portfolio_given_flag(source, &parts[TRIGGER], &trigger);
    frame->submitter = (int32_t)submitter;
    frame->pod = (uint8_t)places[0];
    frame->position = (uint8_t)places[1];
    frame->generic = (uint8_t)places[2];
    frame->is_trigger = trigger != 0;
    return status;
}

static enum via_status add_frame(struct json_source *source, const struct json_span *text,
                                 const struct portfolio_json_names *names)
{
    struct json_given parts[N_PARTS] = {{.name = NULL}};
    struct portfolio_frame frame = {.at = 0};
    uint8_t head[PORTFOLIO_FRAME_HEAD];
    char data_place[PLACE_MAX];
    size_t start = source->scratch->size;
    for (size_t i = 0; i < N_PARTS; i++)
        parts[i].name = part_names[i];
    enum via_status status = json_given_collect(source, text, parts, N_PARTS);
    if (status == VIA_OK)
        status = read_event(source, parts, names, &frame.number);
    if (status == VIA_OK)
        status = read_head(source, parts, &frame);
    if (status != VIA_OK)
        return status;
    if (buffer_room(source->scratch, sizeof head) == NULL)
        return json_source_fail(source, text->text, source->scratch->status,
                                "there is no memory for it");
    if (json_is_given(&parts[DATA])) {
        const struct portfolio_event *event = portfolio_event_of(frame.number);
        struct json_given data = parts[DATA];
        const char *within = source->within;
        (void)snprintf(data_place, sizeof data_place, "%s.data", within);
        data.name = data_place;
        source->within = NULL;
        status = portfolio_given_event_data(source, &data, event != NULL ? event->data : NULL,
                                            event != NULL ? event->class : -1);
        source->within = within;
    }
    if (status != VIA_OK)
        return status;
    (void)portfolio_frame_put(head, &frame);
    octets_put_u32(head, (uint32_t)(source->scratch->size - start));
    memcpy(source->scratch->data + start, head, sizeof head);
    return VIA_OK;
}

enum via_status portfolio_given_frames(struct json_source *source, const struct json_given *given,
                                       const struct portfolio_json_names *names)
{
    static const uint8_t end[PORTFOLIO_FRAMES_END];
    struct json_pull pull;
    struct json_token token;
    struct json_span text;
    char place[PLACE_MAX];
    enum via_status status = VIA_OK;
    json_pull_start(&pull, given->value.text, given->value.size, JSON_DEPTH_MAX);
    if (json_pull_next(&pull, &token) != JSON_ARRAY)
        return json_given_fail(source, given, "an array of frames");
    const char *within = source->within;
    source->within = place;
    for (size_t i = 0; status == VIA_OK && json_pull_next(&pull, &token) != JSON_ARRAY_END; i++) {
        (void)snprintf(place, sizeof place, "frames[%zu]", i);
        (void)json_pull_skip(&pull, &token, &text);
        status = add_frame(source, &text, names);
    }
    source->within = within;
    buffer_add(source->scratch, end, sizeof end);
    if (status == VIA_OK && source->scratch->status != VIA_OK)
        status = no_memory(source, given);
    return status;
}
