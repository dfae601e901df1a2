/*
 * One struct, four ways to say it. Ids stand in ascending order, each once, so that looking one up
 * is a binary search; numbers are finite, so that comparing them always means something.
 */
#include "codecs/event_filter.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/json_tree.h"

bool event_filter_is_open(const struct event_filter *filter)
{
    return filter->n_ids == 0 && filter->every_ms == 0 && filter->age_ms == 0 &&
           !filter->by_change && !filter->has_low && !filter->has_high;
}

static int compare_ids(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return a < b ? -1 : a > b;
}

static void sort_ids(struct event_filter *filter)
{
    qsort(filter->ids, filter->n_ids, sizeof *filter->ids, compare_ids);
    uint32_t n = 0;
    for (uint32_t i = 0; i < filter->n_ids; i++)
        if (n == 0 || filter->ids[n - 1] != filter->ids[i])
            filter->ids[n++] = filter->ids[i];
    filter->n_ids = n;
}

static enum via_status refuse(char words[EVENT_FILTER_WORDS_MAX], const char *name,
                              const char *right)
{
    (void)snprintf(words, EVENT_FILTER_WORDS_MAX, "%s is to be %s", name, right);
    return VIA_INVALID;
}

/* What each part is to be, whichever way it is said. */
#define RIGHT_IDS "up to 64 event ids, each from 0 to 4294967295"
#define RIGHT_MS "milliseconds, from 1 to 86400000"
#define RIGHT_CHANGE "a number that is not negative"
#define RIGHT_RANGE "two numbers, the lower one first, of which one may be left out"
#define RIGHT_VALUE "the place of a number in the payload, from 0 to 1023"
#define RIGHT_POLICY "oldest, newest or disconnect"
#define MS_MAX 86400000u
#define VALUE_MAX 1023u

static bool is_range(const struct event_filter *filter)
{
    return (filter->has_low || filter->has_high) &&
           (!filter->has_low || !filter->has_high || filter->low <= filter->high);
}

bool event_filter_is_sane(const struct event_filter *filter)
{
    if (filter->every_ms > MS_MAX || filter->age_ms > MS_MAX || filter->value > VALUE_MAX)
        return false;
    if (!isfinite(filter->change) || !isfinite(filter->low) || !isfinite(filter->high) ||
        filter->change < 0)
        return false;
    if ((filter->has_low || filter->has_high) && !is_range(filter))
        return false;
    for (uint32_t i = 1; i < filter->n_ids; i++)
        if (filter->ids[i - 1] >= filter->ids[i])
            return false;
    return true;
}

void event_filter_set_ids(struct event_filter *filter, const uint32_t *ids, uint32_t n)
{
    filter->n_ids = n;
    if (n > 0)
        memcpy(filter->ids, ids, n * sizeof *ids);
    sort_ids(filter);
}

/* ---- text ---- */

static bool read_u32(const char *text, char **endp, uint32_t *numberp)
{
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, endp, 10);
    *numberp = (uint32_t)number;
    return errno == 0 && number <= UINT32_MAX;
}

static bool read_number(const char *text, char **endp, double *numberp)
{
    if (strchr("+-.0123456789", *text) == NULL || *text == '\0')
        return false;
    *numberp = strtod(text, endp);
    return isfinite(*numberp);
}

static bool set_ids(struct event_filter *filter, const char *text)
{
    filter->n_ids = 0;
    for (;;) {
        char *end;
        if (filter->n_ids == EVENT_FILTER_IDS_MAX ||
            !read_u32(text, &end, &filter->ids[filter->n_ids]))
            return false;
        filter->n_ids++;
        if (*end == '\0')
            break;
        if (*end != ',')
            return false;
        text = end + 1;
    }
    sort_ids(filter);
    return true;
}

static bool set_ms(uint32_t *msp, const char *text)
{
    char *end;
    return read_u32(text, &end, msp) && *end == '\0' && *msp >= 1 && *msp <= MS_MAX;
}

static bool set_change(struct event_filter *filter, const char *text)
{
    char *end;
    filter->by_change = true;
    return read_number(text, &end, &filter->change) && *end == '\0' && filter->change >= 0;
}

static bool set_range(struct event_filter *filter, const char *text)
{
    char *end = NULL;
    filter->has_low = *text != ':';
    if (filter->has_low) {
        if (!read_number(text, &end, &filter->low) || *end != ':')
            return false;
        text = end;
    }
    text++;
    filter->has_high = *text != '\0';
    if (filter->has_high && (!read_number(text, &end, &filter->high) || *end != '\0'))
        return false;
    return is_range(filter);
}

static bool set_value(struct event_filter *filter, const char *text)
{
    char *end;
    return read_u32(text, &end, &filter->value) && *end == '\0' && filter->value <= VALUE_MAX;
}

static bool set_policy(struct event_filter *filter, const char *text)
{
    static const char *const names[] = {
        [EVENT_POLICY_OLDEST] = "oldest",
        [EVENT_POLICY_NEWEST] = "newest",
        [EVENT_POLICY_DISCONNECT] = "disconnect",
    };
    for (unsigned policy = EVENT_POLICY_OLDEST; policy <= EVENT_POLICY_DISCONNECT; policy++)
        if (strcmp(text, names[policy]) == 0) {
            filter->policy = (enum event_policy)policy;
            return true;
        }
    return false;
}

enum via_status event_filter_set(struct event_filter *filter, const char *name, const char *value,
                                 char words[EVENT_FILTER_WORDS_MAX])
{
    if (strcmp(name, "ids") == 0)
        return set_ids(filter, value) ? VIA_OK : refuse(words, name, RIGHT_IDS);
    if (strcmp(name, "every") == 0)
        return set_ms(&filter->every_ms, value) ? VIA_OK : refuse(words, name, RIGHT_MS);
    if (strcmp(name, "age") == 0)
        return set_ms(&filter->age_ms, value) ? VIA_OK : refuse(words, name, RIGHT_MS);
    if (strcmp(name, "change") == 0)
        return set_change(filter, value) ? VIA_OK : refuse(words, name, RIGHT_CHANGE);
    if (strcmp(name, "range") == 0)
        return set_range(filter, value) ? VIA_OK : refuse(words, name, RIGHT_RANGE ", as LOW:HIGH");
    if (strcmp(name, "value") == 0)
        return set_value(filter, value) ? VIA_OK : refuse(words, name, RIGHT_VALUE);
    if (strcmp(name, "policy") == 0)
        return set_policy(filter, value) ? VIA_OK : refuse(words, name, RIGHT_POLICY);
    return VIA_NOT_FOUND;
}

/* ---- JSON ---- */

static bool get_u32(const cJSON *item, uint32_t least, uint32_t most, uint32_t *numberp)
{
    if (!cJSON_IsNumber(item) || item->valuedouble < least || item->valuedouble > most ||
        floor(item->valuedouble) != item->valuedouble)
        return false;
    *numberp = (uint32_t)item->valuedouble;
    return true;
}

static bool get_ids(struct event_filter *filter, const cJSON *item)
{
    if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) == 0)
        return false;
    const cJSON *id;
    filter->n_ids = 0;
    cJSON_ArrayForEach(id, item)
    {
        if (filter->n_ids == EVENT_FILTER_IDS_MAX ||
            !get_u32(id, 0, UINT32_MAX, &filter->ids[filter->n_ids]))
            return false;
        filter->n_ids++;
    }
    sort_ids(filter);
    return true;
}

static bool get_end(const cJSON *item, bool *hasp, double *numberp)
{
    *hasp = cJSON_IsNumber(item);
    *numberp = *hasp ? item->valuedouble : 0;
    return *hasp || cJSON_IsNull(item);
}

static bool get_range(struct event_filter *filter, const cJSON *item)
{
    return cJSON_IsArray(item) && cJSON_GetArraySize(item) == 2 &&
           get_end(cJSON_GetArrayItem(item, 0), &filter->has_low, &filter->low) &&
           get_end(cJSON_GetArrayItem(item, 1), &filter->has_high, &filter->high) &&
           is_range(filter);
}

static bool get_change(struct event_filter *filter, const cJSON *item)
{
    filter->by_change = true;
    filter->change = item->valuedouble;
    return cJSON_IsNumber(item) && filter->change >= 0;
}

static enum via_status get_part(struct event_filter *filter, const cJSON *item,
                                char words[EVENT_FILTER_WORDS_MAX])
{
    const char *name = item->string;
    if (strcmp(name, "ids") == 0)
        return get_ids(filter, item) ? VIA_OK : refuse(words, "filter.ids", RIGHT_IDS);
    if (strcmp(name, "every") == 0)
        return get_u32(item, 1, MS_MAX, &filter->every_ms)
                   ? VIA_OK
                   : refuse(words, "filter.every", RIGHT_MS);
    if (strcmp(name, "age") == 0)
        return get_u32(item, 1, MS_MAX, &filter->age_ms) ? VIA_OK
                                                         : refuse(words, "filter.age", RIGHT_MS);
    if (strcmp(name, "change") == 0)
        return get_change(filter, item) ? VIA_OK : refuse(words, "filter.change", RIGHT_CHANGE);
    if (strcmp(name, "range") == 0)
        return get_range(filter, item)
                   ? VIA_OK
                   : refuse(words, "filter.range", RIGHT_RANGE " (null), as [LOW, HIGH]");
    if (strcmp(name, "value") == 0)
        return get_u32(item, 0, VALUE_MAX, &filter->value)
                   ? VIA_OK
                   : refuse(words, "filter.value", RIGHT_VALUE);
    (void)snprintf(words, EVENT_FILTER_WORDS_MAX,
                   "filter has no \"%.40s\": there are ids, every, age, change, range and value",
                   name);
    return VIA_INVALID;
}

enum via_status event_filter_read_json(struct event_filter *filter, const char *text, size_t size,
                                       char words[EVENT_FILTER_WORDS_MAX])
{
    struct json_tree_fault fault;
    cJSON *tree = NULL;
    enum via_status status = json_tree_parse(text, size, &tree, &fault);
    if (status != VIA_OK) {
        (void)snprintf(words, EVENT_FILTER_WORDS_MAX, "filter: %s", fault.text);
        return status == VIA_NO_MEMORY ? status : VIA_INVALID;
    }
    if (!cJSON_IsObject(tree))
        status = refuse(words, "filter", "an object");
    for (const cJSON *item = tree->child; item != NULL && status == VIA_OK; item = item->next)
        status = get_part(filter, item, words);
    cJSON_Delete(tree);
    return status;
}

/* ---- parameters ---- */

enum part { PART_CHANGE = 0x01, PART_LOW = 0x02, PART_HIGH = 0x04, PARTS = 0x07 };

enum via_status event_filter_write(const struct event_filter *filter, struct via_parcel *parcel)
{
    uint8_t parts =
        (uint8_t)((filter->by_change ? PART_CHANGE : 0) | (filter->has_low ? PART_LOW : 0) |
                  (filter->has_high ? PART_HIGH : 0));
    const uint32_t numbers[] = {filter->every_ms, filter->age_ms, filter->value, filter->n_ids};
    const double limits[] = {filter->change, filter->low, filter->high};
    enum via_status status = via_parcel_write_u8(parcel, (uint8_t)filter->policy);
    if (status == VIA_OK)
        status = via_parcel_write_u8(parcel, parts);
    for (size_t i = 0; i < sizeof limits / sizeof *limits && status == VIA_OK; i++)
        status = via_parcel_write_f64(parcel, limits[i]);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && status == VIA_OK; i++)
        status = via_parcel_write_u32(parcel, numbers[i]);
    for (uint32_t i = 0; i < filter->n_ids && status == VIA_OK; i++)
        status = via_parcel_write_u32(parcel, filter->ids[i]);
    return status;
}

enum via_status event_filter_read(struct event_filter *filter, struct via_parcel *parcel)
{
    *filter = (struct event_filter){.policy = EVENT_POLICY_ANY};
    if (via_parcel_tell(parcel) == via_parcel_size(parcel))
        return VIA_OK;
    uint8_t policy = 0, parts = 0;
    double *const limits[] = {&filter->change, &filter->low, &filter->high};
    uint32_t *const numbers[] = {&filter->every_ms, &filter->age_ms, &filter->value,
                                 &filter->n_ids};
    enum via_status status = via_parcel_read_u8(parcel, &policy);
    if (status == VIA_OK)
        status = via_parcel_read_u8(parcel, &parts);
    for (size_t i = 0; i < sizeof limits / sizeof *limits && status == VIA_OK; i++)
        status = via_parcel_read_f64(parcel, limits[i]);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && status == VIA_OK; i++)
        status = via_parcel_read_u32(parcel, numbers[i]);
    if (status != VIA_OK || policy > EVENT_POLICY_DISCONNECT || (parts & ~PARTS) != 0 ||
        filter->n_ids > EVENT_FILTER_IDS_MAX)
        return VIA_INVALID;
    for (uint32_t i = 0; i < filter->n_ids && status == VIA_OK; i++)
        status = via_parcel_read_u32(parcel, &filter->ids[i]);
    filter->policy = (enum event_policy)policy;
    filter->by_change = (parts & PART_CHANGE) != 0;
    filter->has_low = (parts & PART_LOW) != 0;
    filter->has_high = (parts & PART_HIGH) != 0;
    return status == VIA_OK && event_filter_is_sane(filter) ? VIA_OK : VIA_INVALID;
}
