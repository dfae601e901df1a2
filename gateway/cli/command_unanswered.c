/*
 * viaduct ls --unanswered: the services that have not answered all requests, and who waits longest
 * for each.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bridge/unanswered_call.h"
#include "codecs/json_write.h"
#include "gateway/cli/fault.h"

#define FAMILY_WIDTH 13
#define NAME_WIDTH 33

struct listing {
    struct buffer json;
    size_t n;
    bool as_json;
};

static void put_string(struct buffer *out, const char *before, const char *text)
{
    buffer_add(out, before, strlen(before));
    json_write_string(out, text, strlen(text));
}

static void put_number(struct buffer *out, const char *before, int64_t number)
{
    buffer_add(out, before, strlen(before));
    json_write_i64(out, number);
}

static void add_json(struct listing *listing, const struct unanswered_row *row)
{
    struct buffer *out = &listing->json;
    put_string(out, listing->n == 0 ? "\n{\"family\":" : ",\n{\"family\":", row->family);
    put_string(out, ",\"name\":", row->name);
    put_number(out, ",\"pid\":", row->pid);
    put_number(out, ",\"uid\":", row->uid);
    put_number(out, ",\"unanswered\":", row->n);
    put_number(out, ",\"oldest\":{\"ms\":", (int64_t)(row->oldest_ms & INT64_MAX));
    put_number(out, ",\"pid\":", row->caller_pid);
    put_number(out, ",\"uid\":", row->caller_uid);
    put_string(out, ",\"identity\":", row->caller_identity);
    put_string(out, ",\"address\":", row->caller_address);
    json_write_text(out, "}}");
}

/* Names and identities may hold anything; a terminal gets only what it can show. */
static void print_safely(const char *text, int width)
{
    int n = 0;
    for (; *text != '\0'; text++, n++)
        putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
    printf("%*s", n < width ? width - n : 0, "");
}

static void print_line(const struct listing *listing, const struct unanswered_row *row)
{
    if (listing->n == 0)
        printf("%-12s %-32s %10s %14s  %s\n", "FAMILY", "NAME", "UNANSWERED", "OLDEST WAITS",
               "WHOSE THAT IS");
    print_safely(row->family, FAMILY_WIDTH);
    print_safely(row->name, NAME_WIDTH);
    printf("%10" PRIu32 " %10" PRIu64 ".%" PRIu64 " s  ", row->n, row->oldest_ms / 1000,
           row->oldest_ms % 1000 / 100);
    print_safely(row->caller_address, 0);
    if (row->caller_identity[0] != '\0')
        printf(" identity ");
    print_safely(row->caller_identity, 0);
    putchar('\n');
}

static void list_one(void *user, const struct unanswered_row *row)
{
    struct listing *listing = user;
    if (listing->as_json)
        add_json(listing, row);
    else
        print_line(listing, row);
    listing->n++;
}

enum cli_exit command_unanswered(struct cli *cli, const char *family, const char *pattern)
{
    struct listing listing = {.as_json = cli->json};
    buffer_init(&listing.json, SIZE_MAX);
    json_write_text(&listing.json, "[");
    enum via_status status = unanswered_call_list(cli->node, family, pattern, list_one, &listing);
    if (status == VIA_OK)
        status = listing.json.status;
    if (status == VIA_OK && cli->json)
        printf("%.*s\n]\n", (int)listing.json.size, (const char *)listing.json.data);
    buffer_deinit(&listing.json);
    if (status != VIA_OK)
        return fault_report(cli, "ls --unanswered", status, NULL);
    if (listing.n == 0 && !cli->json)
        fprintf(stderr, "viaduct: no request waits for its answer at %s\n", cli->gateway);
    return CLI_OK;
}
