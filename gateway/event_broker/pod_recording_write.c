/*
 * All that a pod says stands in its line, so that each can be read by itself.
 */
#include <string.h>

#include "codecs/json_write.h"
#include "codecs/octets.h"
#include "gateway/event_broker/pod_recording.h"

static void write_key(struct buffer *out, const char *name)
{
    json_write_string(out, name, strlen(name));
    json_write_text(out, ":");
}

static void write_buttons(struct buffer *out, const struct portfolio_class *class, uint32_t bits)
{
    const char *comma = "";
    json_write_text(out, "\"buttons\":[");
    for (size_t i = 0; i < class->n_buttons; i++) {
        if ((bits & class->buttons[i].bit) == 0)
            continue;
        buffer_add(out, comma, strlen(comma));
        json_write_string(out, class->buttons[i].name, strlen(class->buttons[i].name));
        comma = ",";
    }
    json_write_text(out, "],");
}

static void write_field(struct buffer *out, const struct portfolio_field *field,
                        const uint8_t *data)
{
    write_key(out, field->name);
    if (field->n > 1)
        json_write_text(out, "[");
    for (size_t i = 0; i < field->n; i++) {
        const uint32_t word = octets_get_u32(data + field->at + 4 * i);
        if (i > 0)
            json_write_text(out, ",");
        if (field->type == PORTFOLIO_U32)
            json_write_u64(out, word);
        else
            json_write_i64(out, (int32_t)word);
    }
    if (field->n > 1)
        json_write_text(out, "]");
}

static void write_class(struct buffer *out, const struct portfolio_class *class,
                        const uint8_t *data)
{
    write_key(out, class->name);
    json_write_text(out, "{");
    if (class->n_buttons > 0)
        write_buttons(out, class, octets_get_u32(data));
    for (size_t i = 0; i < class->data->n_fields; i++) {
        if (i > 0)
            json_write_text(out, ",");
        write_field(out, &class->data->fields[i], data);
    }
    json_write_text(out, "}");
}

static void write_states(struct buffer *out, const struct pod_entry *entry)
{
    const char *comma = "";
    json_write_text(out, ",\"states\":{");
    for (uint32_t class = 0; class < PORTFOLIO_CLASSES; class ++) {
        if ((entry->classes & 1u << class) == 0)
            continue;
        buffer_add(out, comma, strlen(comma));
        write_class(out, portfolio_class_of(class), entry->recorded->data[class]);
        comma = ",";
    }
    json_write_text(out, "}");
}

static void write_attach(struct buffer *out, const struct pod_recorded *recorded)
{
    const struct portfolio_pod_type *type = portfolio_pod_type_of(recorded->type);
    json_write_text(out, ",\"type\":");
    if (type != NULL)
        json_write_string(out, type->name, strlen(type->name));
    else
        json_write_u64(out, recorded->type);
    json_write_text(out, ",\"flags\":");
    json_write_u64(out, recorded->flags);
    if (recorded->name[0] == '\0')
        return;
    json_write_text(out, ",\"name\":");
    json_write_string(out, recorded->name, strlen(recorded->name));
}

void pod_entry_write(struct buffer *out, const struct pod_entry *entry)
{
    static const char *const names[] = {
        [POD_ENTRY_ATTACH] = "attach", [POD_ENTRY_STATE] = "state", [POD_ENTRY_DETACH] = "detach"};
    json_write_text(out, "{");
    if (entry->has_time) {
        json_write_text(out, "\"t\":");
        json_write_u64(out, entry->time_us);
        json_write_text(out, ",");
    }
    json_write_text(out, "\"pod\":");
    json_write_u64(out, entry->pod);
    json_write_text(out, ",\"event\":");
    json_write_string(out, names[entry->kind], strlen(names[entry->kind]));
    if (entry->kind == POD_ENTRY_ATTACH)
        write_attach(out, entry->recorded);
    if (entry->kind == POD_ENTRY_STATE)
        write_states(out, entry);
    json_write_text(out, "}\n");
}
