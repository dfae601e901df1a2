/*
 * Numbers, fields, masks and octets. What a name stands for is looked up in the system's tables
 * first, and then with whoever knows names of programs.
 */
#include "codecs/portfolio_json_given.h"

#include <string.h>

#include "codecs/json_number.h"
#include "codecs/octets.h"
#include "codecs/portfolio_events.h"
#include "codecs/portfolio_flavors.h"

#define WORD 4u

/* ---- numbers ---- */

static bool is_signed(enum portfolio_type type)
{
    return type == PORTFOLIO_I32 || type == PORTFOLIO_PORT;
}

static bool read_number(const struct json_token *token, enum portfolio_type type, uint32_t *numberp)
{
    int64_t number;
    int64_t least = is_signed(type) ? INT32_MIN : 0;
    int64_t most = is_signed(type) ? INT32_MAX : type == PORTFOLIO_U8 ? UINT8_MAX : UINT32_MAX;
    if (!json_is_integer(token) || !json_number_i64(token->text, token->size, &number) ||
        number < least || number > most)
        return false;
    *numberp = (uint32_t)number;
    return true;
}

static const char *words_of(enum portfolio_type type)
{
    return type == PORTFOLIO_U8 ? "an integer from 0 to 255"
           : is_signed(type)    ? "an integer of 32 bits, signed"
                                : "an integer of 32 bits, not signed";
}

enum via_status portfolio_given_number(struct json_source *source, const struct json_given *given,
                                       enum portfolio_type type, uint32_t *numberp)
{
    return read_number(&given->token, type, numberp)
               ? VIA_OK
               : json_given_fail(source, given, words_of(type));
}

enum via_status portfolio_given_flag(struct json_source *source, const struct json_given *given,
                                     uint32_t *numberp)
{
    if (given->token.kind == JSON_TRUE || given->token.kind == JSON_FALSE) {
        *numberp = given->token.kind == JSON_TRUE;
        return VIA_OK;
    }
    return read_number(&given->token, PORTFOLIO_I32, numberp)
               ? VIA_OK
               : json_given_fail(source, given, "true, false or an integer");
}

/* ---- arrays ---- */

/* Begins to read the array that @given is; false: it is none. */
static bool open_array(const struct json_given *given, struct json_pull *pull)
{
    struct json_token token;
    json_pull_start(pull, given->value.text, given->value.size, JSON_DEPTH_MAX);
    return json_pull_next(pull, &token) == JSON_ARRAY;
}

/* Exactly @n numbers. */
static bool read_numbers(const struct json_given *given, enum portfolio_type type,
                         uint32_t *numbers, size_t n)
{
    struct json_pull pull;
    struct json_token token;
    if (!open_array(given, &pull))
        return false;
    for (size_t i = 0; i < n; i++) {
        (void)json_pull_next(&pull, &token);
        if (!read_number(&token, type, &numbers[i]))
            return false;
    }
    return json_pull_next(&pull, &token) == JSON_ARRAY_END;
}

enum via_status portfolio_given_octet_array(struct json_source *source,
                                            const struct json_given *given)
{
    struct json_pull pull;
    struct json_token token = {.kind = JSON_FAULT};
    uint32_t number;
    if (!open_array(given, &pull))
        return json_given_fail(source, given, "an array of integers from 0 to 255");
    while (json_pull_next(&pull, &token) != JSON_ARRAY_END) {
        if (!read_number(&token, PORTFOLIO_U8, &number))
            return json_given_fail(source, given, "an array of integers from 0 to 255");
        buffer_add_octet(source->scratch, (uint8_t)number);
    }
    if (source->scratch->status != VIA_OK)
        return json_source_fail(source, given->value.text, source->scratch->status,
                                "%s: there is no memory for it", given->name);
    return VIA_OK;
}

/* ---- fields ---- */

static enum via_status put_chars(struct json_source *source, const struct json_given *given,
                                 const struct portfolio_field *field, uint8_t *octets)
{
    size_t start = source->scratch->size;
    enum via_status status = json_given_text(source, given, false);
    if (status != VIA_OK)
        return status;
    size_t size = source->scratch->size - start;
    if (size >= field->n)
        return json_source_fail(source, given->value.text, VIA_BAD_JSON,
                                "%s: is to be at most %u octets long", given->name, field->n - 1u);
    memset(octets + field->at, 0, field->n);
    memcpy(octets + field->at, source->scratch->data + start, size);
    buffer_cut(source->scratch, start);
    return VIA_OK;
}

static void put_number(const struct portfolio_field *field, uint8_t *octets, size_t index,
                       uint32_t number)
{
    if (field->type == PORTFOLIO_U8)
        octets[field->at + index] = (uint8_t)number;
    else
        octets_put_u32(octets + field->at + index * WORD, number);
}

enum via_status portfolio_given_field(struct json_source *source, const struct json_given *given,
                                      const struct portfolio_field *field, uint8_t *octets)
{
    uint32_t numbers[PORTFOLIO_MASK_WORDS];
    if (field->type == PORTFOLIO_CHARS)
        return put_chars(source, given, field, octets);
    if (field->n == 1) {
        enum via_status status = portfolio_given_number(source, given, field->type, numbers);
        if (status == VIA_OK)
            put_number(field, octets, 0, numbers[0]);
        return status;
    }
    if (field->n > PORTFOLIO_MASK_WORDS || !read_numbers(given, field->type, numbers, field->n))
        return json_source_fail(source, given->value.text, VIA_BAD_JSON,
                                "%s: is to be an array of %u integers", given->name, field->n);
    for (size_t i = 0; i < field->n; i++)
        put_number(field, octets, i, numbers[i]);
    return VIA_OK;
}

enum via_status portfolio_given_category(struct json_source *source, const struct json_given *given,
                                         uint32_t *categoryp)
{
    const struct json_token *token = &given->token;
    if (token->kind == JSON_STRING && !token->escaped &&
        portfolio_category_named(token->text, token->size, categoryp))
        return VIA_OK;
    if (token->kind == JSON_NUMBER && read_number(token, PORTFOLIO_U32, categoryp))
        return VIA_OK;
    return json_given_fail(source, given, "a category such as \"LC_Observer\"");
}

/* ---- masks ---- */

static const char mask_words[] = "an array of names of events, of their numbers, or of eight words";

/* The number of the event that @token names or is; 0: of none. */
static uint8_t event_of(const struct json_token *token, const struct portfolio_json_names *names)
{
    uint32_t number = 0;
    if (token->kind == JSON_NUMBER)
        return read_number(token, PORTFOLIO_U8, &number) ? (uint8_t)number : 0;
    if (token->kind != JSON_STRING || token->escaped)
        return 0;
    number = portfolio_event_named(token->text, token->size);
    if (number == 0 && names != NULL)
        number = names->number(names->user, token->text, token->size);
    return (uint8_t)number;
}

/* Whether these are the words of a mask and not the numbers of events. */
static bool read_words(const struct json_given *given, uint32_t *mask)
{
    uint32_t words[PORTFOLIO_MASK_WORDS];
    bool are_events = true;
    if (!read_numbers(given, PORTFOLIO_U32, words, PORTFOLIO_MASK_WORDS))
        return false;
    for (size_t i = 0; i < PORTFOLIO_MASK_WORDS; i++)
        are_events = are_events && words[i] > 0 && words[i] < PORTFOLIO_EVENTS;
    for (size_t i = 0; i < PORTFOLIO_MASK_WORDS && !are_events; i++)
        mask[i] |= words[i];
    return !are_events;
}

static enum via_status read_events(struct json_source *source, const struct json_given *given,
                                   const struct portfolio_json_names *names, uint32_t *mask)
{
    struct json_pull pull;
    struct json_token token;
    if (!open_array(given, &pull))
        return json_given_fail(source, given, mask_words);
    while (json_pull_next(&pull, &token) != JSON_ARRAY_END) {
        uint8_t number = event_of(&token, names);
        if (number == 0 && token.kind == JSON_STRING)
            return json_source_fail(source, token.text, VIA_BAD_JSON,
                                    "%s: \"%.*s\" is the name of no event", given->name,
                                    token.size < 64 ? (int)token.size : 64, token.text);
        if (number == 0)
            return json_given_fail(source, given, mask_words);
        portfolio_mask_set(mask, number);
    }
    return VIA_OK;
}

enum via_status portfolio_given_mask(struct json_source *source, const struct json_given *given,
                                     const struct portfolio_json_names *names,
                                     uint32_t mask[PORTFOLIO_MASK_WORDS])
{
    struct json_given parts[] = {{.name = "names"}, {.name = "bits"}};
    uint32_t words[PORTFOLIO_MASK_WORDS] = {0};
    if (given->token.kind != JSON_OBJECT)
        return read_words(given, mask) ? VIA_OK : read_events(source, given, names, mask);
    const char *within = source->within;
    enum via_status status = json_given_parts(source, given, mask_words, parts, 2);
    source->within = given->name;
    if (status == VIA_OK && json_is_given(&parts[0]))
        status = read_events(source, &parts[0], names, mask);
    if (status == VIA_OK && json_is_given(&parts[1]) &&
        !read_numbers(&parts[1], PORTFOLIO_U32, words, PORTFOLIO_MASK_WORDS))
        status = json_given_fail(source, &parts[1], "an array of eight integers of 32 bits");
    source->within = within;
    for (size_t i = 0; i < PORTFOLIO_MASK_WORDS; i++)
        mask[i] |= words[i];
    return status;
}
