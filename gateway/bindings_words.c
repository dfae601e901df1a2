/*
 * Bindings in words: users become uids here, and a host is compared with the gateway's own name.
 * The system's list of users is asked on the loop's own thread: it is a file on this host wherever
 * there are users who run services.
 */
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/binding_text.h"
#include "codecs/json_number.h"
#include "gateway/bindings.h"

#define USER_BUFFER_SIZE 16384u

/* Where words stand, for messages. */
struct words {
    const char *path; /* NULL: they were said at run time */
    const char *host; /* the gateway's name */
    struct config_fault *fault;
};

__attribute__((format(printf, 4, 5))) static enum via_status complain(const struct words *words,
                                                                      const struct binding_end *at,
                                                                      enum via_status status,
                                                                      const char *format, ...)
{
    size_t size = sizeof words->fault->text;
    char *text = words->fault->text;
    int n = words->path == NULL
                ? 0
                : snprintf(text, size, "%s:%u:%u: ", words->path, at->line, at->column);
    if (n < 0 || (size_t)n >= size)
        return status;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + n, size - (size_t)n, format, arguments);
    va_end(arguments);
    return status;
}

static enum via_status complain_text(const struct words *words, const struct binding_fault *fault)
{
    const struct binding_end at = {.line = fault->line, .column = fault->column};
    return complain(words, &at, VIA_INVALID, "%s", fault->text);
}

/* A user's name, or a number where there is no such name. */
static enum via_status find_user(const struct words *words, const struct binding_end *end,
                                 uint32_t *uidp)
{
    struct passwd user, *found = NULL;
    uint64_t number;
    char *buffer = malloc(USER_BUFFER_SIZE);
    if (buffer == NULL)
        return complain(words, end, VIA_NO_MEMORY, "out of memory");
    int failed = getpwnam_r(end->user, &user, buffer, USER_BUFFER_SIZE, &found);
    if (found != NULL)
        *uidp = (uint32_t)found->pw_uid;
    free(buffer);
    if (found != NULL)
        return VIA_OK;
    if (json_number_u64(end->user, strlen(end->user), &number) && number < UINT32_MAX) {
        *uidp = (uint32_t)number;
        return VIA_OK;
    }
    const char *app = binding_text_app(end->user);
    if (failed != 0 && failed != ENOENT && failed != ESRCH)
        return complain(words, end, VIA_NOT_FOUND, "cannot look up the user \"%s\": %s", end->user,
                        strerror(failed));
    if (app != NULL)
        return complain(words, end, VIA_NOT_FOUND,
                        "there is no user \"%s\", so no application \"%s\"", end->user, app);
    return complain(words, end, VIA_NOT_FOUND, "there is no user \"%s\"", end->user);
}

static enum via_status check_host(const struct words *words, const struct binding_end *server)
{
    if (server->host[0] == '\0' || strcmp(server->host, words->host) == 0)
        return VIA_OK;
    return complain(words, server, VIA_INVALID,
                    "\"%s\" is another host than this gateway, \"%s\": only services that are "
                    "published here can be bound",
                    server->host, words->host);
}

static enum via_status complain_set(const struct words *words, const struct binding_end *client,
                                    const struct bindings *bindings, enum via_status status)
{
    if (status == VIA_BUSY)
        return complain(words, client, status, "limits.max_bindings = %zu are there",
                        bindings->max);
    return complain(words, client, status, "%s", via_status_name(status));
}

static enum via_status set(struct bindings *bindings, const struct words *words, const char *family,
                           const struct binding_end *client, const struct binding_end *server)
{
    struct binding binding = {.family = family,
                              .interface = client->interface,
                              .name = server->interface,
                              .client_user = client->user,
                              .server_user = server->user,
                              .from_file = words->path != NULL};
    enum via_status status = find_user(words, client, &binding.client_uid);
    if (status == VIA_OK)
        status = check_host(words, server);
    if (status == VIA_OK)
        status = find_user(words, server, &binding.server_uid);
    if (status != VIA_OK)
        return status;
    status = bindings_set(bindings, &binding);
    return status == VIA_OK ? VIA_OK : complain_set(words, client, bindings, status);
}

enum via_status bindings_say(struct bindings *bindings, const char *family, const char *client,
                             const char *server, const char *host, struct config_fault *fault)
{
    const struct words words = {.host = host, .fault = fault};
    struct binding_end from, to;
    struct binding_fault where;
    uint32_t uid = 0;
    enum via_status status = binding_text_end(client, false, &from, &where);
    if (status == VIA_OK && server != NULL)
        status = binding_text_end(server, true, &to, &where);
    if (status != VIA_OK)
        return complain_text(&words, &where);
    if (server != NULL)
        return set(bindings, &words, family, &from, &to);
    status = find_user(&words, &from, &uid);
    if (status == VIA_OK && !bindings_remove(bindings, family, uid, from.interface))
        return complain(&words, &from, VIA_NOT_FOUND, "%s is not bound by any rule", client);
    return status;
}

enum via_status bindings_parse(struct bindings *said, const char *path, const char *text,
                               size_t size, const char *host, size_t max,
                               struct config_fault *fault)
{
    const struct words words = {.path = path, .host = host, .fault = fault};
    struct binding_text reader;
    struct binding_end client, server;
    struct binding_fault where;
    bindings_init(said, max, false);
    binding_text_start(&reader, text, size, &where);
    enum via_status status = VIA_OK;
    while (status == VIA_OK) {
        status = binding_text_next(&reader, &client, &server);
        if (status == VIA_END)
            return VIA_OK;
        if (status == VIA_OK)
            status = set(said, &words, BINDINGS_FAMILY, &client, &server);
        else
            (void)complain_text(&words, &where);
    }
    bindings_deinit(said);
    return status == VIA_NO_MEMORY ? status : VIA_INVALID;
}

enum via_status bindings_read(struct bindings *said, const char *path, const char *host, size_t max,
                              struct config_fault *fault)
{
    bindings_init(said, max, false);
    if (path == NULL)
        return VIA_OK;
    char *text;
    size_t size;
    enum via_status status = config_read_text(path, BINDINGS_FILE_SIZE_MAX, &text, &size, fault);
    if (status != VIA_OK)
        return status;
    status = bindings_parse(said, path, text, size, host, max, fault);
    free(text);
    return status;
}
