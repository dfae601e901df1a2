/*
 * Attributes of a directory's entries, of several at a time, in rounds: names are looked up, then
 * all attributes asked for, then the mode of those whose server has no such message, then targets
 * of links.
 */
#include <errno.h>
#include <string.h>

#include "gateway/cli/phx.h"

struct asked {
    struct phx_message message;
    uint8_t octets[PHOENIX_STRUCT_MAX];
};

/* One question about each of many. */
struct round {
    /* false: there is nothing to ask */
    bool (*ask)(struct phx_listed *listed, const struct phoenix_oid *dir, struct asked *asked);
    void (*take)(struct phx_listed *listed, const struct asked *asked);
};

static bool is_there(const struct phx_listed *listed)
{
    return listed->origin != PHX_OF_NAMES && listed->status == VIA_OK && listed->err >= 0;
}

static bool ask_node(struct phx_listed *listed, const struct phoenix_oid *dir, struct asked *asked)
{
    if (listed->origin != PHX_OF_SERVER || dir == NULL)
        return false;
    asked->message.type = PHOENIX_LOOKUP;
    asked->message.oid = *dir;
    phx_set_text(&asked->message, listed->entry.name);
    return true;
}

static void take_node(struct phx_listed *listed, const struct asked *asked)
{
    listed->status = asked->message.status;
    listed->err = phx_found_in(&asked->message, listed->entry.name, &listed->stat.node);
}

static bool ask_all(struct phx_listed *listed, const struct phoenix_oid *dir, struct asked *asked)
{
    (void)dir;
    asked->message.type = PHOENIX_GETATTRALL;
    asked->message.oid = listed->stat.node.fil;
    asked->message.room = asked->octets;
    asked->message.room_size = sizeof asked->octets;
    return is_there(listed);
}

static void take_all(struct phx_listed *listed, const struct asked *asked)
{
    listed->status = asked->message.status;
    if (listed->status != VIA_OK || asked->message.err == -ENOENT)
        listed->err = asked->message.err;
    else if (asked->message.err >= 0)
        phx_stat_take(&listed->stat, asked->octets);
}

static bool ask_mode(struct phx_listed *listed, const struct phoenix_oid *dir, struct asked *asked)
{
    (void)dir;
    asked->message.type = PHOENIX_GETATTR;
    asked->message.oid = listed->stat.node.fil;
    phx_set_attribute(&asked->message, "atMode");
    return is_there(listed) && phx_stat_mode(&listed->stat) == 0;
}

static void take_mode(struct phx_listed *listed, const struct asked *asked)
{
    listed->status = asked->message.status;
    if (asked->message.err >= 0)
        phx_stat_know(&listed->stat, "mode", (int64_t)phx_get(&asked->message, "val"));
}

static bool ask_target(struct phx_listed *listed, const struct phoenix_oid *dir,
                       struct asked *asked)
{
    (void)dir;
    asked->message.type = PHOENIX_READ;
    asked->message.oid = listed->stat.node.fil;
    asked->message.room = listed->stat.target;
    asked->message.room_size = PHX_PATH_MAX;
    phx_set(&asked->message, "mode", PHX_RDONLY);
    return is_there(listed) && (phx_stat_mode(&listed->stat) & PHX_MODE_KIND) == PHX_MODE_LINK;
}

static void take_target(struct phx_listed *listed, const struct asked *asked)
{
    const int32_t size = asked->message.err;
    listed->status = asked->message.status;
    listed->stat.target[size < 0 || size >= (int32_t)PHX_PATH_MAX ? 0 : size] = '\0';
}

static void go_round(struct phx_asker *asker, const struct phoenix_oid *dir,
                     struct phx_listed *listed, size_t n, const struct round *round)
{
    struct asked asked[PHX_WINDOW];
    struct phx_message *messages[PHX_WINDOW];
    struct phx_listed *whose[PHX_WINDOW];
    for (size_t done = 0; done < n;) {
        size_t n_asked = 0;
        for (; done < n && n_asked < PHX_WINDOW; done++) {
            memset(&asked[n_asked].message, 0, sizeof asked[n_asked].message);
            if (!round->ask(&listed[done], dir, &asked[n_asked]))
                continue;
            messages[n_asked] = &asked[n_asked].message;
            whose[n_asked++] = &listed[done];
        }
        phx_send_all(asker, messages, n_asked);
        for (size_t i = 0; i < n_asked; i++)
            round->take(whose[i], &asked[i]);
    }
}

static const struct round nodes = {ask_node, take_node}, alls = {ask_all, take_all},
                          modes = {ask_mode, take_mode}, targets_of = {ask_target, take_target};

/* What is known without a question. */
static void prepare(struct phx_listed *listed)
{
    listed->err = 0;
    listed->status = VIA_OK;
    memset(&listed->stat, 0, sizeof listed->stat);
    if (listed->origin == PHX_REGISTERED)
        listed->stat.node = (struct phx_node){listed->registered, listed->registered};
    else if (listed->origin == PHX_OF_NAMES)
        phx_stat_of_names(&listed->stat);
}

void phx_look(struct phx_asker *asker, const struct phoenix_oid *dir, struct phx_listed *listed,
              size_t n, bool targets)
{
    for (size_t i = 0; i < n; i++)
        prepare(&listed[i]);
    go_round(asker, dir, listed, n, &nodes);
    go_round(asker, dir, listed, n, &alls);
    go_round(asker, dir, listed, n, &modes);
    if (targets)
        go_round(asker, dir, listed, n, &targets_of);
}
