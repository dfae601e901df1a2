/*
 * One walk a form. Depth is bounded by HCS_DEPTH_MAX.
 */
#include "codecs/hcs_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codecs/json_write.h"

#define INDENT 4u

static void put_text(struct buffer *out, const char *text)
{
    buffer_add(out, text, strlen(text));
}

static void put_indent(struct buffer *out, unsigned level)
{
    uint8_t *room = buffer_room(out, (size_t)level * INDENT);
    if (room != NULL)
        memset(room, ' ', (size_t)level * INDENT);
}

/* "root.a.b" */
static void put_path(struct buffer *out, const struct hcs_node *node)
{
    const struct hcs_node *steps[HCS_DEPTH_MAX];
    unsigned n = 0;
    for (; node != NULL; node = node->parent)
        steps[n++] = node;
    while (n-- > 0) {
        put_text(out, steps[n]->name);
        if (n > 0)
            put_text(out, ".");
    }
}

/* ---- HCS ---- */

static void put_binary(struct buffer *out, uint64_t number)
{
    put_text(out, "0b");
    unsigned n_bits = 1;
    while (n_bits < 64 && number >> n_bits != 0)
        n_bits++;
    while (n_bits-- > 0)
        buffer_add_octet(out, (uint8_t)('0' + (number >> n_bits & 1)));
}

static void put_number(struct buffer *out, const struct hcs_value *value)
{
    char text[32] = "";
    switch (value->notation) {
    case HCS_DECIMAL:
        (void)snprintf(text, sizeof text, "%" PRId64, (int64_t)value->number);
        break;
    case HCS_HEXADECIMAL:
        (void)snprintf(text, sizeof text, "0x%" PRIx64, value->number);
        break;
    case HCS_OCTAL:
        (void)snprintf(text, sizeof text, "0%" PRIo64, value->number);
        break;
    case HCS_BINARY:
        put_binary(out, value->number);
        break;
    case HCS_BOOLEAN:
        (void)snprintf(text, sizeof text, "%s", value->number != 0 ? "true" : "false");
        break;
    }
    put_text(out, text);
}

static void put_string(struct buffer *out, const struct hcs_value *value)
{
    put_text(out, "\"");
    for (size_t i = 0; i < value->size; i++) {
        if (value->text[i] == '"')
            put_text(out, "\\");
        buffer_add_octet(out, (uint8_t)value->text[i]);
    }
    put_text(out, "\"");
}

static void put_scalar(struct buffer *out, const struct hcs_value *value)
{
    if (value->type == HCS_NUMBER)
        put_number(out, value);
    else
        put_string(out, value);
}

void hcs_write_value(struct buffer *out, const struct hcs_attr *attr)
{
    const struct hcs_value *value = attr->value;
    if (value->type == HCS_REFERENCE) {
        put_path(out, attr->target);
        return;
    }
    if (value->type != HCS_ARRAY) {
        put_scalar(out, value);
        return;
    }
    put_text(out, "[");
    for (size_t i = 0; i < value->n_elements; i++) {
        put_text(out, i == 0 ? "" : ", ");
        put_scalar(out, &value->elements[i]);
    }
    put_text(out, "]");
}

/* NOLINTNEXTLINE(misc-no-recursion): HCS_DEPTH_MAX bounds it */
static void put_node(struct buffer *out, const struct hcs_node *node, unsigned level)
{
    put_indent(out, level);
    put_text(out, node->name);
    put_text(out, " {\n");
    for (const struct hcs_attr *attr = node->first_attr; attr != NULL; attr = attr->next) {
        put_indent(out, level + 1);
        put_text(out, attr->name);
        put_text(out, attr->value->type == HCS_REFERENCE ? " = &" : " = ");
        hcs_write_value(out, attr);
        put_text(out, ";\n");
    }
    for (const struct hcs_node *child = node->first_child; child != NULL; child = child->next)
        put_node(out, child, level + 1);
    put_indent(out, level);
    put_text(out, "}\n");
}

void hcs_write_node(struct buffer *out, const struct hcs_node *node)
{
    put_node(out, node, 0);
}

/* ---- JSON ---- */

static void put_json_scalar(struct buffer *out, const struct hcs_value *value)
{
    if (value->type == HCS_STRING)
        json_write_string(out, value->text, value->size);
    else if (value->notation == HCS_BOOLEAN)
        json_write_bool(out, value->number != 0);
    else
        json_write_i64(out, (int64_t)value->number);
}

void hcs_write_value_json(struct buffer *out, const struct hcs_attr *attr)
{
    const struct hcs_value *value = attr->value;
    if (value->type == HCS_REFERENCE) {
        json_write_text(out, "{\"ref\":\"");
        put_path(out, attr->target);
        json_write_text(out, "\"}");
        return;
    }
    if (value->type != HCS_ARRAY) {
        put_json_scalar(out, value);
        return;
    }
    json_write_text(out, "[");
    for (size_t i = 0; i < value->n_elements; i++) {
        put_text(out, i == 0 ? "" : ",");
        put_json_scalar(out, &value->elements[i]);
    }
    json_write_text(out, "]");
}

static void put_json_name(struct buffer *out, const char *name, bool *is_firstp)
{
    put_text(out, *is_firstp ? "" : ",");
    json_write_string(out, name, strlen(name));
    json_write_text(out, ":");
    *is_firstp = false;
}

/* NOLINTNEXTLINE(misc-no-recursion): HCS_DEPTH_MAX bounds it */
void hcs_write_node_json(struct buffer *out, const struct hcs_node *node)
{
    bool is_first = true;
    json_write_text(out, "{");
    for (const struct hcs_attr *attr = node->first_attr; attr != NULL; attr = attr->next) {
        put_json_name(out, attr->name, &is_first);
        hcs_write_value_json(out, attr);
    }
    for (const struct hcs_node *child = node->first_child; child != NULL; child = child->next) {
        put_json_name(out, child->name, &is_first);
        hcs_write_node_json(out, child);
    }
    json_write_text(out, "}");
}
