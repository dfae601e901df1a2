/*
 * A map's text, line by line: a line is taken apart into words first, and then the first of them
 * says what the others are. The first fault ends it.
 */
#include <linux/input-event-codes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/utf8.h"
#include "gateway/event_broker/input_names.h"
#include "gateway/event_broker/pod_map_section.h"
#include "gateway/event_broker/pod_words.h"

#define WORDS_MAX 8u
#define NAME_ROOM 32u /* of an event's name */

struct parser {
    struct pod_sections *sections;
    struct pod_section *section; /* the one that lines go into; in @sections */
    struct pod_map_fault *fault;
    struct pod_word words[WORDS_MAX];
    size_t n_words;
};

__attribute__((format(printf, 2, 3))) static enum via_status complain(const struct parser *parser,
                                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(parser->fault->text, sizeof parser->fault->text, format, arguments);
    va_end(arguments);
    return VIA_INVALID;
}

/* ---- what sections have ---- */

void pod_sections_deinit(struct pod_sections *sections)
{
    for (size_t i = 0; i < sections->n; i++)
        pod_profile_deinit(&sections->sections[i].profile);
    free(sections->sections);
    *sections = (struct pod_sections){NULL, 0, 0};
}

enum via_status pod_profile_add(struct pod_profile *profile, const struct pod_rule *rule)
{
    for (size_t i = 0; i < profile->n_rules; i++) {
        struct pod_rule *old = &profile->rules[i];
        if (old->kind != rule->kind || old->type != rule->type || old->code != rule->code)
            continue;
        *old = *rule;
        return VIA_OK;
    }
    if (profile->n_rules == profile->room) {
        const size_t room = profile->room == 0 ? 16 : 2 * profile->room;
        struct pod_rule *rules = reallocarray(profile->rules, room, sizeof *rules);
        if (rules == NULL)
            return VIA_NO_MEMORY;
        profile->rules = rules;
        profile->room = room;
    }
    profile->rules[profile->n_rules++] = *rule;
    return VIA_OK;
}

static enum via_status add_section(struct parser *parser, const char *pattern, size_t size)
{
    struct pod_sections *sections = parser->sections;
    if (sections->n == POD_MAP_SECTIONS_MAX)
        return complain(parser, "more than %u sections", POD_MAP_SECTIONS_MAX);
    struct pod_section *all =
        reallocarray(sections->sections, sections->n + 1, sizeof *sections->sections);
    if (all == NULL)
        return VIA_NO_MEMORY;
    sections->sections = all;
    parser->section = &all[sections->n++];
    memset(parser->section, 0, sizeof *parser->section);
    memcpy(parser->section->pattern, pattern, size);
    return VIA_OK;
}

/* ---- words ---- */

static int shown_size(const struct pod_word *word)
{
    return word->size > 40 ? 40 : (int)word->size;
}

static bool is_last(const struct parser *parser, size_t n)
{
    return parser->n_words == n;
}

/* From 1 to @most. */
static bool read_extent(const struct pod_word *word, int32_t *extentp)
{
    int32_t extent = 0;
    for (size_t i = 0; i < word->size; i++) {
        if (word->text[i] < '0' || word->text[i] > '9' || extent > POD_MAP_SCREEN_MAX)
            return false;
        extent = 10 * extent + (word->text[i] - '0');
    }
    *extentp = extent;
    return extent > 0 && extent <= POD_MAP_SCREEN_MAX;
}

/* key:0x2d0, for what has no name. */
static bool read_numbered(const char *text, uint16_t *typep, uint16_t *codep)
{
    static const struct {
        const char *prefix;
        uint16_t type, most;
    } types[] = {
        {"key:0x", EV_KEY, KEY_MAX}, {"rel:0x", EV_REL, REL_MAX}, {"abs:0x", EV_ABS, ABS_MAX}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strncmp(text, types[i].prefix, 6) != 0)
            continue;
        const size_t n = strspn(text + 6, "0123456789abcdefABCDEF");
        const unsigned long code =
            n == 0 || n > 4 || text[6 + n] != '\0' ? KEY_MAX + 1ul : strtoul(text + 6, NULL, 16);
        *typep = types[i].type;
        *codep = (uint16_t)code;
        return code <= types[i].most;
    }
    return false;
}

static enum via_status read_event(struct parser *parser, struct pod_rule *rule)
{
    const struct pod_word *word = &parser->words[1];
    char name[NAME_ROOM];
    if (word->size < sizeof name) {
        memcpy(name, word->text, word->size);
        name[word->size] = '\0';
        if (input_name_find(name, &rule->type, &rule->code) ||
            read_numbered(name, &rule->type, &rule->code))
            return VIA_OK;
    }
    return complain(parser, "'%.*s' is no event of Linux's, such as BTN_SOUTH, ABS_X or key:0x2d0",
                    shown_size(word), word->text);
}

/* ---- directives ---- */

static enum via_status read_pods(struct parser *parser)
{
    struct pod_profile *profile = &parser->section->profile;
    profile->kinds = 0;
    profile->has_kinds = true;
    if (is_last(parser, 2) && pod_word_is(&parser->words[1], "none"))
        return VIA_OK;
    if (is_last(parser, 2) && pod_word_is(&parser->words[1], "auto")) {
        profile->has_kinds = false;
        return VIA_OK;
    }
    for (size_t i = 1; i < parser->n_words; i++) {
        enum pod_kind kind;
        if (!pod_kind_find(&parser->words[i], &kind))
            return complain(parser,
                            "pods takes auto, none, or some of pad stick mouse keyboard "
                            "touch, not '%.*s'",
                            shown_size(&parser->words[i]), parser->words[i].text);
        profile->kinds = (uint8_t)(profile->kinds | 1u << kind);
    }
    return parser->n_words > 1 ? VIA_OK : complain(parser, "pods of which kind?");
}

static enum via_status read_grab(struct parser *parser)
{
    parser->section->profile.is_grabbed = pod_word_is(&parser->words[1], "yes");
    if (is_last(parser, 2) &&
        (parser->section->profile.is_grabbed || pod_word_is(&parser->words[1], "no")))
        return VIA_OK;
    return complain(parser, "grab takes yes or no");
}

static enum via_status read_touch_class(struct parser *parser)
{
    parser->section->profile.touch_is_mouse = pod_word_is(&parser->words[1], "mouse");
    if (is_last(parser, 2) &&
        (parser->section->profile.touch_is_mouse || pod_word_is(&parser->words[1], "gun")))
        return VIA_OK;
    return complain(parser, "touch-class takes gun or mouse");
}

static enum via_status read_screen(struct parser *parser)
{
    struct pod_profile *profile = &parser->section->profile;
    if (is_last(parser, 3) && read_extent(&parser->words[1], &profile->width) &&
        read_extent(&parser->words[2], &profile->height))
        return VIA_OK;
    return complain(parser, "screen takes a width and a height, each from 1 to %d",
                    POD_MAP_SCREEN_MAX);
}

static const struct {
    const char *name;
    enum pod_directive directive;
    enum via_status (*read)(struct parser *parser);
} directives[] = {
    {"pods", POD_DIRECTIVE_PODS, read_pods},
    {"grab", POD_DIRECTIVE_GRAB, read_grab},
    {"touch-class", POD_DIRECTIVE_TOUCH, read_touch_class},
    {"screen", POD_DIRECTIVE_SCREEN, read_screen},
};

/* ---- rules ---- */

static enum via_status read_button(struct parser *parser, enum pod_kind kind, size_t i,
                                   uint32_t *bitsp)
{
    char list[128];
    *bitsp = 0;
    const struct pod_word *word = &parser->words[i];
    if (pod_word_is(word, "none") || pod_button_find(kind, word, bitsp))
        return VIA_OK;
    pod_button_list(kind, list, sizeof list);
    return complain(parser, "'%.*s' is none of %s", shown_size(word), word->text, list);
}

/* What stands behind the event; *np: how many words that were. */
static enum via_status read_target(struct parser *parser, struct pod_rule *rule, size_t *np)
{
    const enum pod_kind kind = (enum pod_kind)rule->kind;
    const struct pod_word *word = &parser->words[2];
    const char *name = pod_kind_name(kind);
    enum pod_axis axis;
    *np = 1;
    if (parser->n_words < 3)
        return complain(parser, "%s %.*s is what? none, if nothing", name,
                        shown_size(&parser->words[1]), parser->words[1].text);
    if (rule->type != EV_KEY && pod_word_is(word, "none") &&
        (parser->n_words == 3 || pod_word_is(&parser->words[3], "spare")))
        return VIA_OK;
    if (kind == POD_KIND_KEYBOARD) {
        if (rule->type != EV_KEY)
            return complain(parser, "a keyboard has keys alone");
        if (pod_word_is(word, "none") || pod_key_find(word, &rule->high))
            return VIA_OK;
        return complain(parser, "'%.*s' is no code of PS/2's set 2, such as 1c or e075",
                        shown_size(word), word->text);
    }
    if (rule->type == EV_KEY)
        return read_button(parser, kind, 2, &rule->high);
    if (rule->type == EV_REL && kind != POD_KIND_MOUSE)
        return complain(parser, "relative axes are a mouse's");
    if (pod_axis_find(kind, word, &axis)) {
        rule->axis = (uint8_t)axis;
        if (parser->n_words > 3 && pod_word_is(&parser->words[3], "reversed")) {
            rule->is_reversed = true;
            *np = 2;
        }
        return VIA_OK;
    }
    if (kind != POD_KIND_PAD && kind != POD_KIND_STICK)
        return complain(parser, "'%.*s' is none of horizontal vertical none", shown_size(word),
                        word->text);
    if (parser->n_words < 4)
        return complain(parser,
                        "an axis takes two buttons of a %s, for its low end and its high "
                        "end%s",
                        name, kind == POD_KIND_STICK ? "; or horizontal, vertical, depth" : "");
    *np = 2;
    enum via_status status = read_button(parser, kind, 2, &rule->low);
    return status != VIA_OK ? status : read_button(parser, kind, 3, &rule->high);
}

static enum via_status read_rule(struct parser *parser, enum pod_kind kind)
{
    struct pod_rule rule = {.kind = (uint8_t)kind};
    size_t n = 0;
    if (parser->n_words < 2)
        return complain(parser, "%s takes an event of Linux's and what it is", pod_kind_name(kind));
    enum via_status status = read_event(parser, &rule);
    if (status == VIA_OK)
        status = read_target(parser, &rule, &n);
    if (status != VIA_OK)
        return status;
    if (parser->n_words > 2 + n && pod_word_is(&parser->words[2 + n], "spare")) {
        rule.is_spare = true;
        n++;
    }
    if (!is_last(parser, 2 + n))
        return complain(parser, "'%.*s' is one word too many", shown_size(&parser->words[2 + n]),
                        parser->words[2 + n].text);
    if (parser->sections->n_rules == POD_MAP_RULES_MAX)
        return complain(parser, "more than %u lines with events", POD_MAP_RULES_MAX);
    const size_t n_before = parser->section->profile.n_rules;
    status = pod_profile_add(&parser->section->profile, &rule);
    parser->sections->n_rules += parser->section->profile.n_rules - n_before;
    return status;
}

/* ---- lines ---- */

/* Names may have brackets and # in them: one ends where nothing but a comment comes behind it. */
static enum via_status read_section(struct parser *parser, const char *line, size_t size)
{
    for (size_t end = 2; end < size; end++) {
        if (line[end] != ']')
            continue;
        size_t at = end + 1;
        while (at < size && (line[at] == ' ' || line[at] == '\t'))
            at++;
        if (at == size || (line[at] == '#' && at > end + 1))
            return add_section(parser, line + 1, end - 1);
    }
    return complain(parser, "a section is [NAME] or [VENDOR:PRODUCT]");
}

static enum via_status split(struct parser *parser, const char *line, size_t size)
{
    parser->n_words = 0;
    memset(parser->words, 0, sizeof parser->words);
    for (size_t at = 0;;) {
        while (at < size && (line[at] == ' ' || line[at] == '\t'))
            at++;
        if (at == size || line[at] == '#')
            return VIA_OK;
        if (parser->n_words == WORDS_MAX)
            return complain(parser, "more than %u words", WORDS_MAX);
        struct pod_word *word = &parser->words[parser->n_words++];
        word->text = line + at;
        while (at < size && line[at] != ' ' && line[at] != '\t' && line[at] != '#')
            at++;
        word->size = (size_t)(line + at - word->text);
    }
}

static enum via_status read_line(struct parser *parser, const char *line, size_t size)
{
    if (size > 0 && line[size - 1] == '\r')
        size--;
    if (size > POD_MAP_LINE_MAX)
        return complain(parser, "longer than %u octets", POD_MAP_LINE_MAX);
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f)
            return complain(parser, "has a control character");
    if (!utf8_check(line, size))
        return complain(parser, "is not UTF-8");
    while (size > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        size--;
    }
    if (size > 0 && *line == '[')
        return read_section(parser, line, size);
    enum via_status status = split(parser, line, size);
    if (status != VIA_OK || parser->n_words == 0)
        return status;
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++)
        if (pod_word_is(&parser->words[0], directives[i].name)) {
            parser->section->has |= directives[i].directive;
            return directives[i].read(parser);
        }
    enum pod_kind kind;
    if (pod_kind_find(&parser->words[0], &kind))
        return read_rule(parser, kind);
    return complain(parser,
                    "'%.*s' is none of pad stick mouse keyboard touch, pods grab touch-class "
                    "screen, [DEVICE]",
                    shown_size(&parser->words[0]), parser->words[0].text);
}

enum via_status pod_sections_parse(struct pod_sections *sections, const char *text, size_t size,
                                   struct pod_map_fault *fault)
{
    struct parser parser = {.sections = sections, .fault = fault};
    *fault = (struct pod_map_fault){.line = 0};
    *sections = (struct pod_sections){NULL, 0, 0};
    if (size > POD_MAP_SIZE_MAX) {
        (void)complain(&parser, "longer than %u octets", POD_MAP_SIZE_MAX);
        return VIA_TOO_LARGE;
    }
    enum via_status status = add_section(&parser, "", 0);
    for (size_t at = 0; status == VIA_OK && at < size;) {
        const char *line = text + at, *end = memchr(line, '\n', size - at);
        const size_t line_size = end == NULL ? size - at : (size_t)(end - line);
        fault->line++;
        status = read_line(&parser, line, line_size);
        at += line_size + 1;
    }
    if (status == VIA_NO_MEMORY)
        (void)complain(&parser, "no memory");
    if (status != VIA_OK)
        pod_sections_deinit(sections);
    return status;
}
