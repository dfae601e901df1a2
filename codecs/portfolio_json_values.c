/*
 * Fields are written by their table; what has a name of its own, events, buttons and categories, is
 * written by it. Nothing is lost: what names do not tell is there as a number.
 */
#include "codecs/portfolio_json_values.h"

#include <string.h>

#include "codecs/json_write.h"
#include "codecs/octets.h"
#include "codecs/portfolio_classes.h"
#include "codecs/portfolio_events.h"
#include "codecs/portfolio_flavors.h"
#include "codecs/portfolio_frames.h"
#include "codecs/utf8.h"

#define WORD 4u
#define WORD_BITS 32u

/* ---- fields ---- */

uint32_t portfolio_json_number_at(const struct portfolio_field *field, const uint8_t *octets,
                                  size_t index)
{
    if (field->type == PORTFOLIO_U8)
        return octets[field->at + index];
    return octets_get_u32(octets + field->at + index * WORD);
}

static void write_number(struct buffer *out, const struct portfolio_field *field,
                         const uint8_t *octets, size_t index)
{
    uint32_t number = portfolio_json_number_at(field, octets, index);
    if (field->type == PORTFOLIO_I32 || field->type == PORTFOLIO_PORT)
        json_write_i64(out, (int32_t)number);
    else
        json_write_u64(out, number);
}

static void write_field(struct buffer *out, const struct portfolio_field *field,
                        const uint8_t *octets)
{
    const char *chars = (const char *)octets + field->at;
    if (field->type == PORTFOLIO_CHARS) {
        json_write_string(out, chars, strnlen(chars, field->n));
        return;
    }
    if (field->n == 1) {
        write_number(out, field, octets, 0);
        return;
    }
    for (size_t i = 0; i < field->n; i++) {
        buffer_add_octet(out, i == 0 ? '[' : ',');
        write_number(out, field, octets, i);
    }
    json_write_text(out, "]");
}

void portfolio_json_fields(struct buffer *out, const struct portfolio_struct *structure,
                           const uint8_t *octets)
{
    for (size_t i = 0; i < structure->n_fields; i++) {
        if (structure->fields[i].name == NULL)
            continue;
        json_write_key(out, structure->fields[i].name);
        write_field(out, &structure->fields[i], octets);
    }
}

/* ---- names ---- */

/* By its name, or as a number. */
static void write_event(struct buffer *out, uint8_t number,
                        const struct portfolio_json_names *names)
{
    const struct portfolio_event *event = portfolio_event_of(number);
    const char *name = event != NULL ? event->name : NULL;
    if (name == NULL && names != NULL)
        name = names->name(names->user, number);
    if (name != NULL)
        json_write_chars(out, name);
    else
        json_write_u64(out, number);
}

void portfolio_json_mask(struct buffer *out, const uint32_t mask[PORTFOLIO_MASK_WORDS],
                         const struct portfolio_json_names *names)
{
    const char *comma = "";
    json_write_text(out, "{\"names\":[");
    for (uint32_t index = 0; index < PORTFOLIO_MASK_WORDS * WORD_BITS; index++) {
        uint8_t number = portfolio_mask_number(index);
        if (!portfolio_mask_has(mask, number))
            continue;
        buffer_add(out, comma, strlen(comma));
        write_event(out, number, names);
        comma = ",";
    }
    json_write_text(out, "],\"bits\":");
    for (size_t i = 0; i < PORTFOLIO_MASK_WORDS; i++) {
        buffer_add_octet(out, i == 0 ? '[' : ',');
        json_write_u64(out, mask[i]);
    }
    json_write_text(out, "]}");
}

void portfolio_json_category(struct buffer *out, uint32_t category)
{
    const char *name = portfolio_category_name(category);
    if (name != NULL)
        json_write_chars(out, name);
    else
        json_write_u64(out, category);
}

/* ---- octets ---- */

void portfolio_json_octets(struct buffer *out, const uint8_t *octets, size_t size)
{
    json_write_key(out, "octets");
    json_write_text(out, "[");
    for (size_t i = 0; i < size; i++) {
        if (i > 0)
            json_write_text(out, ",");
        json_write_u64(out, octets[i]);
    }
    json_write_text(out, "]");
}

/* ---- data of events ---- */

bool portfolio_json_tells(const struct portfolio_struct *structure, const uint8_t *octets)
{
    for (size_t i = 0; i < structure->n_fields; i++) {
        const struct portfolio_field *field = &structure->fields[i];
        const uint8_t *chars = octets + field->at;
        if (field->type != PORTFOLIO_CHARS)
            continue;
        size_t length = strnlen((const char *)chars, field->n);
        if (length == field->n || !utf8_check(chars, length))
            return false;
        for (size_t k = length; k < field->n; k++)
            if (chars[k] != 0)
                return false;
    }
    return true;
}

static void write_buttons(struct buffer *out, const struct portfolio_class *class, uint32_t bits)
{
    const char *comma = "";
    json_write_key(out, "buttons");
    json_write_text(out, "[");
    for (size_t i = 0; i < class->n_buttons; i++) {
        if ((bits & class->buttons[i].bit) == 0)
            continue;
        buffer_add(out, comma, strlen(comma));
        json_write_chars(out, class->buttons[i].name);
        comma = ",";
    }
    json_write_text(out, "]");
}

static void write_words(struct buffer *out, const uint8_t *octets, size_t size)
{
    json_write_text(out, "{\"words\":[");
    for (size_t at = 0; at < size; at += WORD) {
        if (at > 0)
            json_write_text(out, ",");
        json_write_u64(out, octets_get_u32(octets + at));
    }
    json_write_text(out, "]}");
}

/* Takes the comma that a name has before it for the bracket. */
static void open_object(struct buffer *out, size_t start)
{
    if (out->status == VIA_OK && out->size > start)
        out->data[start] = '{';
}

void portfolio_json_event_data(struct buffer *out, const struct portfolio_struct *structure,
                               int class, const uint8_t *octets, size_t size)
{
    const struct portfolio_class *row = class >= 0 ? portfolio_class_of((uint32_t) class) : NULL;
    size_t start = out->size;
    if (structure == NULL || size != structure->size || !portfolio_json_tells(structure, octets)) {
        write_words(out, octets, size);
        return;
    }
    if (row != NULL && row->n_buttons > 0)
        write_buttons(out, row, octets_get_u32(octets));
    portfolio_json_fields(out, structure, octets);
    open_object(out, start);
    json_write_text(out, "}");
}

static void write_frame(struct buffer *out, const uint8_t *data,
                        const struct portfolio_frame *frame,
                        const struct portfolio_json_names *names)
{
    const struct portfolio_event *event = portfolio_event_of(frame->number);
    json_write_text(out, "{\"event\":");
    write_event(out, frame->number, names);
    json_write_key(out, "number");
    json_write_u64(out, frame->number);
    for (size_t i = 0; i < portfolio_event_frame.n_fields; i++) {
        const struct portfolio_field *field = &portfolio_event_frame.fields[i];
        bool is_written = field->name == NULL || strcmp(field->name, "number") == 0;
        if (is_written)
            continue;
        json_write_key(out, field->name);
        if (strcmp(field->name, "trigger") == 0)
            json_write_bool(out, frame->is_trigger != 0);
        else
            write_field(out, field, data + frame->at);
    }
    if (frame->size > 0) {
        json_write_key(out, "data");
        portfolio_json_event_data(out, event != NULL ? event->data : NULL,
                                  event != NULL ? event->class : -1, frame->data, frame->size);
    }
    json_write_text(out, "}");
}

void portfolio_json_frames(struct buffer *out, const uint8_t *data, size_t size,
                           const struct portfolio_json_names *names)
{
    struct portfolio_frame frame;
    size_t at = PORTFOLIO_FRAMES_AT;
    json_write_key(out, "frames");
    json_write_text(out, "[");
    while (portfolio_frames_next(data, size, &at, &frame)) {
        if (frame.at > PORTFOLIO_FRAMES_AT)
            json_write_text(out, ",");
        write_frame(out, data, &frame, names);
    }
    json_write_text(out, "]");
}
