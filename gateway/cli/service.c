/*
 * Finding a service: one look at the directory tells its family, whether the name is ambiguous, and
 * whether it wants to be opened first.
 */
#include "gateway/cli/service.h"

#include <stdio.h>
#include <string.h>

#include "gateway/cli/fault.h"
#include "gateway/cli/nearest.h"

/* A misspelling is at most this far from what was meant. */
#define NEAREST_MOST 3u

struct lookup {
    const char *name;
    unsigned n_found;
    uint32_t flags;
    char family[256];
    char info[1024];
    char families[512]; /* family:name of all that were found */
    char nearest[600];
    size_t distance;
};

static void note(void *user, const struct via_entry *entry)
{
    struct lookup *lookup = user;
    if (strcmp(entry->name, lookup->name) == 0) {
        size_t used = strlen(lookup->families);
        (void)snprintf(lookup->families + used, sizeof lookup->families - used, "%s%s:%s",
                       used == 0 ? "" : ", ", entry->family, entry->name);
        if (strcmp(lookup->family, entry->family) != 0)
            lookup->n_found++;
        (void)snprintf(lookup->family, sizeof lookup->family, "%s", entry->family);
        (void)snprintf(lookup->info, sizeof lookup->info, "%s", entry->info);
        lookup->flags = entry->flags;
        return;
    }
    size_t distance = nearest_distance(lookup->name, entry->name, lookup->distance - 1);
    if (distance < lookup->distance) {
        lookup->distance = distance;
        (void)snprintf(lookup->nearest, sizeof lookup->nearest, "%s:%s", entry->family,
                       entry->name);
    }
}

/* Families that may have names which are found and not listed; such a name is to be opened. */
static const char *const unlisted[] = {"hdf"};

/* One that nobody lists, if it is there: a driver that is loaded when it is first opened. */
static bool find_unlisted(struct cli *cli, const char *family, struct lookup *lookup)
{
    for (size_t i = 0; i < sizeof unlisted / sizeof *unlisted; i++) {
        struct via_proxy *proxy = NULL;
        if (family != NULL && strcmp(family, unlisted[i]) != 0)
            continue;
        enum via_status status = via_node_find(cli->node, unlisted[i], lookup->name, 0, &proxy);
        via_proxy_unref(proxy);
        if (status != VIA_OK && status != VIA_DENIED)
            continue;
        (void)snprintf(lookup->family, sizeof lookup->family, "%s", unlisted[i]);
        lookup->flags = VIA_PUBLISH_OPENS;
        return true;
    }
    return false;
}

static enum cli_exit report_missing(const struct cli *cli, const struct lookup *lookup)
{
    fprintf(stderr, "viaduct: no service is called '%s' at %s", lookup->name, cli->gateway);
    if (lookup->nearest[0] != '\0')
        fprintf(stderr, "; did you mean '%s'?\n", lookup->nearest);
    else
        fputs("; `viaduct ls` shows those that are there\n", stderr);
    return CLI_NOT_FOUND;
}

/* Whether services of @family say things to who opened them. */
static bool tells(const char *family)
{
    return strcmp(family, "legato") == 0;
}

static enum cli_exit open_for_us(struct cli *cli, struct via_stub *back, struct service *service)
{
    char doing[sizeof service->label + 16];
    struct via_proxy *opened = NULL;
    enum via_status status = via_proxy_open(
        service->proxy, NULL, tells(service->family) ? back : NULL, cli->timeout_ms, &opened, NULL);
    if (status == VIA_INVALID) {
        fprintf(stderr, "viaduct: %s: it does not let itself be opened\n", service->label);
        return CLI_FAILED;
    }
    if (status != VIA_OK) {
        (void)snprintf(doing, sizeof doing, "opening %s", service->label);
        return fault_report(cli, doing, status, service->proxy);
    }
    via_proxy_unref(service->proxy);
    service->proxy = opened;
    return CLI_OK;
}

enum cli_exit service_find(struct cli *cli, const char *word, struct via_stub *back,
                           struct service *servicep)
{
    struct lookup lookup = {.name = word, .distance = NEAREST_MOST + 1};
    char family[256] = "";
    const char *colon = strchr(word, ':');
    if (colon != NULL && (size_t)(colon - word) < sizeof family) {
        (void)snprintf(family, sizeof family, "%.*s", (int)(colon - word), word);
        lookup.name = colon + 1;
    }
    char doing[sizeof servicep->label + 16];
    (void)snprintf(doing, sizeof doing, "looking for %s", word);
    const char *wanted = family[0] == '\0' ? NULL : family;
    enum via_status status = via_node_list(cli->node, wanted, NULL, note, &lookup);
    if (status != VIA_OK)
        return fault_report(cli, doing, status, NULL);
    if (lookup.n_found == 0 && !find_unlisted(cli, wanted, &lookup))
        return report_missing(cli, &lookup);
    if (lookup.n_found > 1) {
        fprintf(stderr, "viaduct: '%s' is ambiguous: %s; say which\n", word, lookup.families);
        return CLI_USAGE;
    }

    memset(servicep, 0, sizeof *servicep);
    (void)snprintf(servicep->family, sizeof servicep->family, "%s", lookup.family);
    (void)snprintf(servicep->info, sizeof servicep->info, "%s", lookup.info);
    (void)snprintf(servicep->label, sizeof servicep->label, "%s:%s", lookup.family, lookup.name);
    status = via_node_find(cli->node, lookup.family, lookup.name, 0, &servicep->proxy);
    if (status != VIA_OK)
        return fault_report(cli, doing, status, NULL);
    enum cli_exit result = CLI_OK;
    if ((lookup.flags & VIA_PUBLISH_OPENS) != 0)
        result = open_for_us(cli, back, servicep);
    if (result != CLI_OK)
        service_close(servicep);
    return result;
}

void service_close(struct service *service)
{
    service->proxy = via_proxy_unref(service->proxy);
}
