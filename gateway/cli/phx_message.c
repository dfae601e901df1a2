/*
 * A message's parts: where members stand in the raws says the codec's table. All of them are in the
 * canonical ABI.
 */
#include <assert.h>
#include <string.h>

#include "gateway/cli/phx.h"

#define ABI PHOENIX_ABI_LP64

/* ---- members ---- */

static bool is_called(const struct phoenix_member *member, const char *name)
{
    return member->name != NULL && strcmp(member->name, name) == 0;
}

/* @name is one of the type's. */
static size_t member_of(const struct phoenix_struct *structure, const char *name)
{
    size_t index = 0;
    while (index < structure->n_members && !is_called(&structure->members[index], name))
        index++;
    assert(index < structure->n_members);
    return index;
}

void phx_set(struct phx_message *message, const char *name, uint64_t value)
{
    const struct phoenix_struct *in = &phoenix_type_of(message->type)->in;
    size_t index = member_of(in, name);
    bool fits = phoenix_put(in->members[index].kind, ABI,
                            message->in + phoenix_member_at(in, index, ABI), value);
    assert(fits);
    (void)fits;
}

void phx_set_oid(struct phx_message *message, const char *name, const struct phoenix_oid *oid)
{
    const struct phoenix_struct *in = &phoenix_type_of(message->type)->in;
    bool fits =
        phoenix_put_oid(ABI, message->in + phoenix_member_at(in, member_of(in, name), ABI), oid);
    assert(fits); /* an id has 64 bits there */
    (void)fits;
}

void phx_set_chars(struct phx_message *message, const char *name, const char *text)
{
    const struct phoenix_struct *in = &phoenix_type_of(message->type)->in;
    assert(strlen(text) < PHOENIX_CHARS_SIZE);
    memcpy(message->in + phoenix_member_at(in, member_of(in, name), ABI), text, strlen(text) + 1);
}

uint64_t phx_get(const struct phx_message *message, const char *name)
{
    const struct phoenix_struct *out = &phoenix_type_of(message->type)->out;
    size_t index = member_of(out, name);
    return phoenix_get(out->members[index].kind, ABI,
                       message->out + phoenix_member_at(out, index, ABI));
}

struct phoenix_oid phx_get_oid(const struct phx_message *message, const char *name)
{
    const struct phoenix_struct *out = &phoenix_type_of(message->type)->out;
    struct phoenix_oid oid;
    phoenix_get_oid(ABI, message->out + phoenix_member_at(out, member_of(out, name), ABI), &oid);
    return oid;
}

void phx_set_text(struct phx_message *message, const char *text)
{
    message->data = text;
    message->size = strlen(text) + 1;
}

void phx_set_attribute(struct phx_message *message, const char *attribute)
{
    uint32_t number = 0;
    bool is_one = phoenix_number_of(&phoenix_attributes, attribute, strlen(attribute), &number);
    assert(is_one);
    (void)is_one;
    phx_set(message, "attr", number);
}
