/*
 * Reading directories. Each entry says where the next one is, so each is waited for; but where
 * places go up by one, they are numbers, and those that follow are asked for before it is known
 * that they do: first two, then twice as many each time. Only what is at the place where the
 * directory goes on is taken.
 */
#include <errno.h>
#include <string.h>

#include "gateway/cli/phx.h"

#define ABI PHOENIX_ABI_LP64
#define ONES_MIN 4u /* steps by one, in a row, before anything is asked for ahead */

/* Where members of a dirent stand, in the codec's table; the name follows them. */
enum { AT_INO = 0, AT_TYPE = 1, AT_RECLEN = 2, AT_NAMLEN = 3 };

struct asked {
    struct phx_message message;
    uint8_t octets[PHOENIX_STRUCT_MAX + PHX_NAME_MAX + 1];
};

static uint64_t member(const uint8_t *octets, size_t index)
{
    const struct phoenix_struct *head = phoenix_struct_of(PHOENIX_DIRENT);
    return phoenix_get(head->members[index].kind, ABI,
                       octets + phoenix_member_at(head, index, ABI));
}

static size_t head_size(void)
{
    return phoenix_struct_size(phoenix_struct_of(PHOENIX_DIRENT), ABI);
}

static void take(const struct asked *asked, struct phx_read_entry *read)
{
    memset(&read->entry, 0, sizeof read->entry);
    read->err = asked->message.err;
    if (read->err < 0)
        return;
    const size_t size = (size_t)member(asked->octets, AT_NAMLEN);
    read->step = (int64_t)member(asked->octets, AT_RECLEN);
    read->entry.id = member(asked->octets, AT_INO);
    read->entry.kind = (uint32_t)member(asked->octets, AT_TYPE);
    if (size <= PHX_NAME_MAX)
        memcpy(read->entry.name, asked->octets + head_size(), size);
    if (strchr(read->entry.name, '/') != NULL) /* no path could lead there */
        read->entry.name[0] = '\0';
}

/* Those from reader->offs on, as far as they are answered. */
static void ask(struct phx_asker *asker, struct phx_reader *reader, size_t n)
{
    struct asked asked[PHX_WINDOW];
    struct phx_message *messages[PHX_WINDOW];
    for (size_t i = 0; i < n; i++) {
        memset(&asked[i].message, 0, sizeof asked[i].message);
        asked[i].message.type = PHOENIX_READDIR;
        asked[i].message.oid = reader->dir;
        asked[i].message.room = asked[i].octets;
        asked[i].message.room_size = head_size() + PHX_NAME_MAX + 1;
        phx_set(&asked[i].message, "offs", (uint64_t)reader->offs + i);
        messages[i] = &asked[i].message;
    }
    if (n == 1)
        (void)phx_send(asker, messages[0]);
    else
        phx_send_all(asker, messages, n);
    asker->status = messages[0]->status;
    reader->first = reader->offs;
    for (reader->n = 0; reader->n < n && messages[reader->n]->status == VIA_OK; reader->n++)
        take(&asked[reader->n], &reader->read[reader->n]);
}

/* How many are asked for at the place where it is. */
static size_t how_many(struct phx_reader *reader)
{
    if (reader->n_ones < ONES_MIN || reader->offs > INT64_MAX - PHX_WINDOW)
        reader->ahead = 1;
    else if (reader->ahead < PHX_WINDOW)
        reader->ahead *= 2;
    return reader->ahead;
}

void phx_reader_begin(struct phx_reader *reader, const struct phoenix_oid *dir)
{
    reader->dir = *dir;
    reader->offs = 0;
    reader->n_ones = 0;
    reader->ahead = 1;
    reader->first = 0;
    reader->n = 0;
}

int32_t phx_reader_next(struct phx_asker *asker, struct phx_reader *reader, struct phx_entry *entry)
{
    if (reader->offs < reader->first || reader->offs - reader->first >= (int64_t)reader->n)
        ask(asker, reader, how_many(reader));
    if (reader->n == 0)
        return -EIO; /* nobody answered */
    const struct phx_read_entry *read = &reader->read[reader->offs - reader->first];
    asker->status = VIA_OK;
    if (read->err < 0)
        return read->err;
    if (read->step == 0 || reader->offs > INT64_MAX - read->step)
        return -EIO;
    reader->offs += read->step;
    reader->n_ones = read->step == 1 ? reader->n_ones + 1 : 0;
    *entry = read->entry;
    return 0;
}
