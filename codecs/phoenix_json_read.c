/*
 * A message is put together in parts of its own: raws here, data in the scratch; then all of it is
 * encoded into the parcel at once.
 */
#include <string.h>

#include "codecs/phoenix_ioctl.h"
#include "codecs/phoenix_json.h"
#include "codecs/phoenix_json_given.h"

#define ATTR_AT 1u /* which member of mtSetAttr's raw is the attribute */

/* The names that messages may have. Those that any may have come first. */
enum key {
    KEY_OID,
    KEY_DATA,
    KEY_TEXT,
    KEY_SIZE,
    KEY_IRAW,
    KEY_ORAW,
    KEY_ERR,
    KEY_PRIORITY,
    N_ANYONES,
    KEY_RAW = N_ANYONES,
    KEY_IOCTL,
    KEY_NAME,
    KEY_TARGET,
    KEY_DEV,
    N_OWN /* and those that are members only */
};

static const char *const names[] = {
    "oid",   "data",   "text", "size", "iraw",  "oraw", "err",  "priority", "raw", "ioctl",
    "name",  "target", "dev", /* N_OWN */
    "flags", "offs",   "len",  "mode", "otype", "val",  "attr", "ln",       "mnt", "fstype",
};
#define N_KEYS (sizeof names / sizeof *names)

struct reader {
    struct json_source source;
    struct json_given given[N_KEYS];
    const struct phoenix_type *type;
    struct phoenix_request request;
    uint8_t in_raw[PHOENIX_RAW_SIZE], out_raw[PHOENIX_RAW_SIZE];
};

static bool has(const struct reader *reader, enum key key)
{
    return json_is_given(&reader->given[key]);
}

/* ---- names ---- */

static bool has_member(const struct phoenix_type *type, const char *name)
{
    for (size_t i = 0; i < type->in.n_members; i++)
        if (type->in.members[i].name != NULL && strcmp(type->in.members[i].name, name) == 0)
            return true;
    return false;
}

/* Whether messages of @type may have name @key. */
static bool is_known(const struct phoenix_type *type, size_t key)
{
    if (key < N_ANYONES || has_member(type, names[key]))
        return true;
    if (key == KEY_RAW || key == KEY_IOCTL)
        return type->number == PHOENIX_DEVCTL;
    if (key == KEY_NAME)
        return type->in_data == PHOENIX_NAME || type->in_data == PHOENIX_NAMES;
    if (key == KEY_TARGET)
        return type->in_data == PHOENIX_NAMES;
    return key == KEY_DEV && type->in_data == PHOENIX_ATTR;
}

/* Of those that say the same octets only one may be there. */
static enum via_status check_rivals(struct reader *reader, const enum key *keys, size_t n)
{
    size_t first = n;
    for (size_t i = 0; i < n; i++) {
        if (!has(reader, keys[i]) || (keys[i] == KEY_DEV && reader->type->in_data != PHOENIX_ATTR))
            continue;
        if (first < n)
            return json_source_fail(&reader->source, reader->given[keys[i]].value.text,
                                    VIA_BAD_JSON, "%s: the same octets are said by %s",
                                    names[keys[i]], names[keys[first]]);
        first = i;
    }
    return VIA_OK;
}

static enum via_status check_names(struct reader *reader)
{
    static const enum key data[] = {KEY_DATA, KEY_TEXT, KEY_NAME, KEY_DEV, KEY_IOCTL};
    static const enum key raws[] = {KEY_IRAW, KEY_RAW, KEY_IOCTL};
    for (size_t key = 0; key < N_KEYS; key++) {
        if (json_is_given(&reader->given[key]) && !is_known(reader->type, key))
            return json_source_fail(&reader->source, reader->given[key].value.text, VIA_BAD_JSON,
                                    "%s: %s has none", names[key],
                                    reader->type->name != NULL ? reader->type->name
                                                               : "a message of no standard type");
    }
    enum via_status status = check_rivals(reader, data, sizeof data / sizeof *data);
    if (status == VIA_OK)
        status = check_rivals(reader, raws, sizeof raws / sizeof *raws);
    if (status == VIA_OK && has(reader, KEY_TARGET) && !has(reader, KEY_NAME))
        status = json_given_fail(&reader->source, &reader->given[KEY_TARGET], "beside a name");
    return status;
}

/* ---- parts ---- */

static enum via_status read_oid(struct reader *reader, const struct phoenix_oid *oid)
{
    if (has(reader, KEY_OID))
        return phoenix_given_oid(&reader->source, &reader->given[KEY_OID], oid,
                                 &reader->request.oid);
    if (oid == NULL)
        return json_source_fail(&reader->source, NULL, VIA_BAD_JSON,
                                "oid: is missing, and nothing else tells the port");
    reader->request.oid = *oid;
    return VIA_OK;
}

static enum via_status read_members(struct reader *reader)
{
    const struct phoenix_struct *in = &reader->type->in;
    enum via_status status = VIA_OK;
    for (size_t i = 0; i < in->n_members && status == VIA_OK; i++) {
        const struct phoenix_member *member = &in->members[i];
        uint8_t *at = reader->in_raw + phoenix_member_at(in, i, PHOENIX_ABI_LP64);
        if (member->name == NULL) { /* mtSync's: libraries look here or there */
            (void)phoenix_put_oid(PHOENIX_ABI_LP64, at, &reader->request.oid);
            continue;
        }
        for (size_t key = 0; key < N_KEYS && status == VIA_OK; key++)
            if (json_is_given(&reader->given[key]) && strcmp(names[key], member->name) == 0)
                status = phoenix_given_member(&reader->source, &reader->given[key], member, at);
    }
    return status;
}

/* All of a raw outweighs its members. */
static enum via_status read_raws(struct reader *reader)
{
    enum via_status status = VIA_OK;
    enum key in = has(reader, KEY_RAW) ? KEY_RAW : KEY_IRAW;
    if (has(reader, in))
        status = phoenix_given_raw(&reader->source, &reader->given[in], reader->in_raw);
    if (status == VIA_OK && has(reader, KEY_ORAW))
        status = phoenix_given_raw(&reader->source, &reader->given[KEY_ORAW], reader->out_raw);
    return status;
}

/* An oid is what atDev has for a value, and no other attribute. */
static enum via_status check_attr(struct reader *reader)
{
    const struct phoenix_struct *in = &reader->type->in;
    if (!has(reader, KEY_DEV) || reader->type->in_data != PHOENIX_ATTR)
        return VIA_OK;
    const uint8_t *at = reader->in_raw + phoenix_member_at(in, ATTR_AT, PHOENIX_ABI_LP64);
    if (phoenix_get(PHOENIX_I32, PHOENIX_ABI_LP64, at) == PHOENIX_AT_DEV)
        return VIA_OK;
    return json_given_fail(&reader->source, &reader->given[KEY_DEV], "beside attr \"atDev\"");
}

/* i.data are what is in the scratch. The scratch may still move. */
static enum via_status set_data(struct reader *reader, enum via_status status)
{
    reader->request.in_size = reader->source.scratch->size;
    return status;
}

static enum via_status read_names(struct reader *reader)
{
    struct json_source *source = &reader->source;
    enum via_status status = json_given_text(source, &reader->given[KEY_NAME], false);
    buffer_add_octet(source->scratch, 0);
    if (status == VIA_OK && has(reader, KEY_TARGET)) {
        status = json_given_text(source, &reader->given[KEY_TARGET], false);
        buffer_add_octet(source->scratch, 0);
    }
    if (status == VIA_OK && source->scratch->status != VIA_OK)
        return json_source_fail(source, NULL, source->scratch->status,
                                "name: there is no memory for it");
    return set_data(reader, status);
}

static enum via_status read_attr_oid(struct reader *reader)
{
    struct phoenix_oid oid;
    enum via_status status =
        phoenix_given_oid(&reader->source, &reader->given[KEY_DEV], NULL, &oid);
    if (status != VIA_OK)
        return status;
    size_t size = phoenix_member_size(PHOENIX_OID, PHOENIX_ABI_LP64);
    uint8_t *room = buffer_room(reader->source.scratch, size);
    if (room == NULL)
        return json_source_fail(&reader->source, NULL, reader->source.scratch->status,
                                "dev: there is no memory for it");
    (void)phoenix_put_oid(PHOENIX_ABI_LP64, room, &oid);
    return set_data(reader, VIA_OK);
}

static enum via_status read_data(struct reader *reader, bool *has_datap)
{
    *has_datap = true;
    if (has(reader, KEY_DATA))
        return set_data(reader, json_given_octets(&reader->source, &reader->given[KEY_DATA]));
    if (has(reader, KEY_TEXT))
        return set_data(reader, json_given_text(&reader->source, &reader->given[KEY_TEXT], true));
    if (has(reader, KEY_NAME))
        return read_names(reader);
    if (has(reader, KEY_DEV) && reader->type->in_data == PHOENIX_ATTR)
        return read_attr_oid(reader);
    *has_datap = false;
    return VIA_OK;
}

/* ---- ioctls ---- */

/* The input, in the scratch, goes where drivers look for it. */
static enum via_status place_input(struct reader *reader, const struct json_given *data,
                                   uint32_t request, uint64_t size, bool *has_datap)
{
    struct buffer *scratch = reader->source.scratch;
    struct phoenix_ioctl ioctl;
    if (json_is_given(data)) {
        enum via_status status = json_given_octets(&reader->source, data);
        if (status != VIA_OK)
            return status;
    }
    phoenix_ioctl_get(PHOENIX_ABI_LP64, reader->in_raw, &ioctl);
    bool is_value = phoenix_ioctl_is_value(request);
    if (is_value && scratch->size > sizeof(uint64_t))
        return json_given_fail(&reader->source, data, "a value of at most 8 octets");
    if (!is_value && (request & PHOENIX_IOC_IN) == 0 && scratch->size > 0)
        return json_given_fail(&reader->source, data, "absent: this request takes no input");
    if (!is_value && (request & PHOENIX_IOC_IN) != 0 && scratch->size != size)
        return json_source_fail(&reader->source, reader->given[KEY_IOCTL].value.text, VIA_BAD_JSON,
                                "data: have %zu octets and not %llu", scratch->size,
                                (unsigned long long)size);
    if (ioctl.input == NULL) {
        *has_datap = (request & PHOENIX_IOC_IN) != 0;
        return set_data(reader, VIA_OK);
    }
    if (scratch->size > 0)
        memcpy(reader->in_raw + phoenix_ioctl_input_at(PHOENIX_ABI_LP64), scratch->data,
               scratch->size);
    return VIA_OK;
}

static enum via_status read_ioctl(struct reader *reader, bool *has_datap)
{
    enum { REQUEST, DATA, SIZE, N };
    struct json_given parts[N] = {{.name = "request"}, {.name = "data"}, {.name = "size"}};
    static const char words[] = "an object with a request";
    struct json_source *source = &reader->source;
    uint64_t request = 0;
    enum via_status status = json_given_parts(source, &reader->given[KEY_IOCTL], words, parts, N);
    if (status != VIA_OK)
        return status;
    if (!json_is_given(&parts[REQUEST]))
        return json_given_fail(source, &reader->given[KEY_IOCTL], words);
    source->within = names[KEY_IOCTL];
    status = json_given_unsigned(source, &parts[REQUEST], UINT32_MAX, &request);
    uint64_t size = phoenix_ioctl_length((uint32_t)request);
    if (status == VIA_OK && json_is_given(&parts[SIZE]))
        status = json_given_unsigned(source, &parts[SIZE], UINT64_MAX, &size);
    if (status != VIA_OK)
        return status;
    status = phoenix_ioctl_put(PHOENIX_ABI_LP64, reader->in_raw, (uint32_t)request, size);
    if (status != VIA_OK)
        return status;
    reader->request.is_ioctl = true;
    if ((request & PHOENIX_IOC_OUT) != 0 &&
        phoenix_ioctl_length((uint32_t)request) > PHOENIX_RAW_SIZE) {
        reader->request.has_out = true;
        reader->request.out_size = phoenix_ioctl_length((uint32_t)request);
    }
    status = place_input(reader, &parts[DATA], (uint32_t)request, size, has_datap);
    source->within = NULL;
    return status;
}

/* ---- messages ---- */

/* o.data: as many octets as its type needs, unless it is said; null: none at all. */
static enum via_status read_size(struct reader *reader)
{
    struct phoenix_request *request = &reader->request;
    uint64_t size = reader->type->out_size;
    if (!has(reader, KEY_SIZE)) {
        if (size == 0)
            return VIA_OK;
    } else if (reader->given[KEY_SIZE].token.kind == JSON_NULL) {
        request->has_out = false;
        request->out_size = 0;
        return VIA_OK;
    } else {
        enum via_status status =
            json_given_unsigned(&reader->source, &reader->given[KEY_SIZE], PHOENIX_DATA_MAX, &size);
        if (status != VIA_OK)
            return status;
    }
    request->has_out = true;
    request->out_size = (size_t)size;
    return VIA_OK;
}

static enum via_status read_rest(struct reader *reader)
{
    static const struct phoenix_member err_member = {"err", PHOENIX_I32, NULL};
    uint64_t priority = PHOENIX_PRIORITY;
    uint8_t err[4] = {0};
    enum via_status status = read_size(reader);
    if (status == VIA_OK && has(reader, KEY_ERR))
        status = phoenix_given_member(&reader->source, &reader->given[KEY_ERR], &err_member, err);
    if (status == VIA_OK && has(reader, KEY_PRIORITY))
        status = json_given_unsigned(&reader->source, &reader->given[KEY_PRIORITY],
                                     PHOENIX_PRIORITY_MAX, &priority);
    reader->request.err = (int32_t)phoenix_get(PHOENIX_I32, PHOENIX_ABI_LP64, err);
    reader->request.priority = (uint32_t)priority;
    return status;
}

static enum via_status read_message(struct reader *reader, const struct phoenix_oid *oid,
                                    bool *has_datap)
{
    enum via_status status = check_names(reader);
    if (status == VIA_OK)
        status = read_oid(reader, oid);
    if (status == VIA_OK)
        status = read_members(reader);
    if (status == VIA_OK)
        status = read_raws(reader);
    if (status == VIA_OK)
        status = check_attr(reader);
    if (status == VIA_OK)
        status =
            has(reader, KEY_IOCTL) ? read_ioctl(reader, has_datap) : read_data(reader, has_datap);
    return status == VIA_OK ? read_rest(reader) : status;
}

static enum via_status put_message(struct reader *reader, struct via_parcel *parcel)
{
    size_t size = 0;
    uint8_t *at = NULL;
    enum via_status status = reader->request.in_size <= PHOENIX_DATA_MAX
                                 ? phoenix_request_size(&reader->request, &size)
                                 : VIA_TOO_LARGE;
    if (status == VIA_OK)
        status = via_parcel_extend(parcel, size, VIA_TAG_PAD, 0, &at);
    if (status == VIA_OK)
        phoenix_request_encode(&reader->request, at);
    else
        status =
            json_source_fail(&reader->source, NULL, status, "a message with %zu octets of data: %s",
                             reader->request.in_size, via_status_name(status));
    return status;
}

bool phoenix_json_code(const char *text, size_t size, uint32_t *codep)
{
    const struct phoenix_type *type = phoenix_type_named(text, size);
    if (type != NULL)
        *codep = (uint32_t)type->number;
    return type != NULL;
}

enum via_status phoenix_json_read(const char *text, size_t size,
                                  const struct phoenix_json_target *target,
                                  struct via_parcel *parcel, struct phoenix_question *questionp,
                                  struct buffer *scratch, struct json_parcel_fault *fault)
{
    static const uint8_t nothing[1];
    struct reader reader = {
        .source = {.text = text, .scratch = scratch, .fault = fault},
        .type = phoenix_type_of(target->type),
        .request = {.type = target->type, .is_pulse = target->is_pulse},
    };
    const struct json_span object = {.text = text, .size = size};
    bool has_data = false;
    enum via_status status = VIA_OK;
    buffer_cut(scratch, 0);
    for (size_t key = 0; key < N_KEYS; key++)
        reader.given[key].name = names[key];
    if (text != NULL)
        status = json_given_collect(&reader.source, &object, reader.given, N_KEYS);
    if (status == VIA_OK)
        status = read_message(&reader, target->oid, &has_data);
    if (status != VIA_OK)
        return status;
    reader.request.in_raw = reader.in_raw;
    reader.request.out_raw = reader.out_raw;
    if (has_data)
        reader.request.in_data = scratch->size > 0 ? scratch->data : nothing;
    status = put_message(&reader, parcel);
    if (status == VIA_OK)
        phoenix_request_question(&reader.request, questionp);
    return status;
}
