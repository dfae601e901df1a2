/*
 * A map is its sections in the order in which they were read, and a device's profile what all that
 * match it come to, one after the other: so what is laid over wins.
 */
#include "gateway/event_broker/pod_map.h"

#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/event_broker/input_names.h"
#include "gateway/event_broker/pod_map_section.h"
#include "gateway/event_broker/pod_words.h"
#include "gateway/pattern.h"

struct pod_map {
    struct pod_sections all;
};

/* ---- its life ---- */

static enum via_status append(struct pod_map *map, struct pod_sections *more,
                              struct pod_map_fault *fault)
{
    const size_t n = map->all.n + more->n;
    if (n > (size_t)2 * POD_MAP_SECTIONS_MAX ||
        map->all.n_rules + more->n_rules > (size_t)2 * POD_MAP_RULES_MAX) {
        (void)snprintf(fault->text, sizeof fault->text, "with what was read before it is too much");
        fault->line = 0;
        return VIA_TOO_LARGE;
    }
    struct pod_section *sections = reallocarray(map->all.sections, n, sizeof *map->all.sections);
    if (sections == NULL)
        return VIA_NO_MEMORY;
    memcpy(sections + map->all.n, more->sections, more->n * sizeof *sections);
    map->all.sections = sections;
    map->all.n = n;
    map->all.n_rules += more->n_rules;
    free(more->sections);
    *more = (struct pod_sections){NULL, 0, 0};
    return VIA_OK;
}

enum via_status pod_map_read(struct pod_map *map, const char *text, size_t size,
                             struct pod_map_fault *fault)
{
    struct pod_sections more;
    enum via_status status = pod_sections_parse(&more, text, size, fault);
    if (status == VIA_OK)
        status = append(map, &more, fault);
    pod_sections_deinit(&more);
    return status;
}

enum via_status pod_map_create(struct pod_map **mapp)
{
    struct buffer text;
    struct pod_map_fault fault;
    struct pod_map *map = calloc(1, sizeof *map);
    if (map == NULL)
        return VIA_NO_MEMORY;
    buffer_init(&text, POD_MAP_SIZE_MAX);
    for (const char *const *line = pod_map_default; *line != NULL; line++) {
        buffer_add(&text, *line, strlen(*line));
        buffer_add_octet(&text, '\n');
    }
    enum via_status status = text.status;
    if (status == VIA_OK)
        status = pod_map_read(map, (const char *)text.data, text.size, &fault);
    buffer_deinit(&text);
    if (status == VIA_OK)
        *mapp = map;
    else
        (void)pod_map_destroy(map);
    return status;
}

struct pod_map *pod_map_destroy(struct pod_map *map)
{
    if (map != NULL)
        pod_sections_deinit(&map->all);
    free(map);
    return NULL;
}

/* ---- written ---- */

static void write_word(struct buffer *out, const char *word)
{
    buffer_add_octet(out, ' ');
    buffer_add(out, word, strlen(word));
}

static void write_line(struct buffer *out, const char *text)
{
    buffer_add(out, text, strlen(text));
    buffer_add_octet(out, '\n');
}

static const char *button(enum pod_kind kind, uint32_t bits)
{
    const char *name = pod_button_name(kind, bits);
    return name == NULL ? "none" : name;
}

static void write_rule(const struct pod_rule *rule, struct buffer *out)
{
    const enum pod_kind kind = (enum pod_kind)rule->kind;
    const char *event = input_name_of(rule->type, rule->code);
    char text[16];
    buffer_add(out, pod_kind_name(kind), strlen(pod_kind_name(kind)));
    (void)snprintf(text, sizeof text, "%s:0x%x",
                   rule->type == EV_KEY   ? "key"
                   : rule->type == EV_REL ? "rel"
                                          : "abs",
                   rule->code);
    write_word(out, event == NULL ? text : event);
    if (kind == POD_KIND_KEYBOARD && rule->high != 0) {
        pod_key_write(rule->high, text, sizeof text);
        write_word(out, text);
    } else if (rule->axis != POD_AXIS_NONE) {
        write_word(out, pod_axis_name((enum pod_axis)rule->axis));
        if (rule->is_reversed)
            write_word(out, "reversed");
    } else if (rule->type == EV_ABS && (rule->low | rule->high) != 0) {
        write_word(out, button(kind, rule->low));
        write_word(out, button(kind, rule->high));
    } else {
        write_word(out, button(kind, rule->high));
    }
    write_line(out, rule->is_spare ? " spare" : "");
}

static void write_section(const struct pod_section *section, struct buffer *out)
{
    const struct pod_profile *profile = &section->profile;
    char text[48];
    if (section->has & POD_DIRECTIVE_PODS) {
        buffer_add(out, "pods", 4);
        if (!profile->has_kinds || profile->kinds == 0)
            write_word(out, profile->has_kinds ? "none" : "auto");
        for (unsigned kind = 0; profile->has_kinds && kind < POD_KINDS; kind++)
            if (profile->kinds & 1u << kind)
                write_word(out, pod_kind_name((enum pod_kind)kind));
        write_line(out, "");
    }
    if (section->has & POD_DIRECTIVE_GRAB)
        write_line(out, profile->is_grabbed ? "grab yes" : "grab no");
    if (section->has & POD_DIRECTIVE_TOUCH)
        write_line(out, profile->touch_is_mouse ? "touch-class mouse" : "touch-class gun");
    if (section->has & POD_DIRECTIVE_SCREEN) {
        (void)snprintf(text, sizeof text, "screen %d %d", profile->width, profile->height);
        write_line(out, text);
    }
    for (size_t i = 0; i < profile->n_rules; i++)
        write_rule(&profile->rules[i], out);
}

void pod_map_write(const struct pod_map *map, struct buffer *out)
{
    for (size_t i = 0; i < map->all.n; i++) {
        const struct pod_section *section = &map->all.sections[i];
        if (section->has == 0 && section->profile.n_rules == 0)
            continue;
        /* What is for all devices can stand behind a section, too: in one that all match. */
        if (section->pattern[0] != '\0' || i > 0) {
            buffer_add_octet(out, '[');
            const char *pattern = section->pattern[0] == '\0' ? "*" : section->pattern;
            buffer_add(out, pattern, strlen(pattern));
            write_line(out, "]");
        }
        write_section(section, out);
    }
}

/* ---- for one device ---- */

void pod_profile_deinit(struct pod_profile *profile)
{
    free(profile->rules);
    profile->rules = NULL;
    profile->n_rules = profile->room = 0;
}

static bool is_id(const char *text)
{
    return strspn(text, "0123456789abcdefABCDEF") == 4;
}

static bool matches(const char *pattern, const char *name, uint16_t vendor, uint16_t product)
{
    if (pattern[0] == '\0')
        return true;
    const char *colon = is_id(pattern) && pattern[4] == ':' ? pattern + 4 : NULL;
    if (colon == NULL || (strcmp(colon + 1, "*") != 0 && (!is_id(colon + 1) || colon[5] != '\0')))
        return pattern_matches(pattern, name);
    return strtoul(pattern, NULL, 16) == vendor &&
           (colon[1] == '*' || strtoul(colon + 1, NULL, 16) == product);
}

static enum via_status add_section(struct pod_profile *profile, const struct pod_section *section)
{
    const struct pod_profile *from = &section->profile;
    if (section->has & POD_DIRECTIVE_PODS) {
        profile->has_kinds = from->has_kinds;
        profile->kinds = from->kinds;
    }
    if (section->has & POD_DIRECTIVE_GRAB)
        profile->is_grabbed = from->is_grabbed;
    if (section->has & POD_DIRECTIVE_TOUCH)
        profile->touch_is_mouse = from->touch_is_mouse;
    if (section->has & POD_DIRECTIVE_SCREEN) {
        profile->width = from->width;
        profile->height = from->height;
    }
    enum via_status status = VIA_OK;
    for (size_t i = 0; status == VIA_OK && i < from->n_rules; i++)
        status = pod_profile_add(profile, &from->rules[i]);
    return status;
}

enum via_status pod_map_profile(const struct pod_map *map, const char *name, uint16_t vendor,
                                uint16_t product, struct pod_profile *profile)
{
    enum via_status status = VIA_OK;
    memset(profile, 0, sizeof *profile);
    for (size_t i = 0; status == VIA_OK && i < map->all.n; i++)
        if (matches(map->all.sections[i].pattern, name, vendor, product))
            status = add_section(profile, &map->all.sections[i]);
    if (status != VIA_OK)
        pod_profile_deinit(profile);
    return status;
}
