/*
 * viaduct ls: the names at the gateway, in columns for a person, as JSON for a program.
 */
#include <stdio.h>
#include <string.h>

#include "codecs/json_write.h"
#include "gateway/cli/fault.h"

struct listing {
    struct buffer json;
    size_t n;
    bool as_json;
};

static void put_string(struct buffer *out, const char *text)
{
    json_write_string(out, text, strlen(text));
}

static void add_json(struct listing *listing, const struct via_entry *entry)
{
    struct buffer *out = &listing->json;
    if (listing->n != 0)
        json_write_text(out, ",");
    json_write_text(out, "\n{\"family\":");
    put_string(out, entry->family);
    json_write_text(out, ",\"name\":");
    put_string(out, entry->name);
    json_write_text(out, ",\"pid\":");
    json_write_i64(out, entry->pid);
    json_write_text(out, ",\"uid\":");
    json_write_u64(out, entry->uid);
    json_write_text(out, ",\"mode\":");
    json_write_u64(out, entry->mode);
    json_write_text(out, ",\"class\":");
    put_string(out, entry->class_name);
    json_write_text(out, ",\"info\":");
    put_string(out, entry->info);
    if (entry->number != 0) {
        json_write_text(out, ",\"number\":");
        json_write_u64(out, entry->number);
    }
    json_write_text(out, "}");
}

/* A name may hold anything; a terminal gets only what it can show. */
static void print_safely(const char *text, int width)
{
    int n = 0;
    for (; *text != '\0'; text++, n++)
        putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
    printf("%*s", n < width ? width - n : 0, "");
}

static void list_one(void *user, const struct via_entry *entry)
{
    struct listing *listing = user;
    if (listing->as_json) {
        add_json(listing, entry);
    } else {
        if (listing->n == 0)
            printf("%-12s %-32s %8s %10s  %s\n", "FAMILY", "NAME", "PID", "UID", "INFO");
        print_safely(entry->family, 13);
        print_safely(entry->name, 33);
        if (entry->pid < 0)
            printf("%8s %10s  ", "-", "-");
        else
            printf("%8d %10u  ", entry->pid, entry->uid);
        print_safely(entry->info, 0);
        putchar('\n');
    }
    listing->n++;
}

enum cli_exit command_ls(struct cli *cli)
{
    char family[256] = "";
    if (cli->waiting && cli->unanswered)
        return fault_usage(cli, "takes either --waiting or --unanswered");
    if (cli->waiting)
        return command_waiting(cli);
    if (cli->n_words > 1)
        return fault_usage(cli, "takes at most one PATTERN (with * and ?)");
    const char *pattern = cli->n_words == 1 ? cli->words[0] : NULL;
    const char *colon = pattern == NULL ? NULL : strchr(pattern, ':');
    if (colon != NULL && (size_t)(colon - pattern) < sizeof family) {
        (void)snprintf(family, sizeof family, "%.*s", (int)(colon - pattern), pattern);
        pattern = colon + 1;
    }
    if (cli->unanswered)
        return command_unanswered(cli, family, pattern == NULL ? "" : pattern);
    struct listing listing = {.as_json = cli->json};
    buffer_init(&listing.json, SIZE_MAX);
    json_write_text(&listing.json, "[");
    enum via_status status =
        via_node_list(cli->node, family[0] == '\0' ? NULL : family, pattern, list_one, &listing);
    if (status == VIA_OK)
        status = listing.json.status;
    if (status == VIA_OK && cli->json)
        printf("%.*s\n]\n", (int)listing.json.size, (const char *)listing.json.data);
    buffer_deinit(&listing.json);
    if (status != VIA_OK)
        return fault_report(cli, "ls", status, NULL);
    if (listing.n == 0 && !cli->json)
        fprintf(stderr, "viaduct: nothing%s%s is published at %s\n",
                pattern == NULL ? "" : " like ", pattern == NULL ? "" : cli->words[0],
                cli->gateway);
    return CLI_OK;
}
