/*
 * Requests without an answer, for JSON sessions.
 */
#include <string.h>

#include "codecs/json_write.h"
#include "gateway/gateway.h"
#include "gateway/json_session.h"
#include "gateway/pattern.h"
#include "gateway/unanswered.h"

#define LIST_MOST 1000u

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

static void put_uid(struct buffer *out, uint32_t uid)
{
    put_number(out, ",\"uid\":", uid == PRINCIPAL_NOBODY ? -1 : (int64_t)uid);
}

static void put_line(struct buffer *out, const struct directory_entry *entry,
                     const struct unanswered_line *line)
{
    const struct principal *caller = &line->caller->principal;
    put_string(out, "{\"family\":", entry->spec.family);
    put_string(out, ",\"name\":", entry->spec.name);
    put_number(out, ",\"pid\":", entry->pid);
    put_uid(out, entry->uid);
    put_number(out, ",\"unanswered\":", line->n);
    put_number(out, ",\"oldest\":{\"ms\":", (int64_t)line->waits_ms);
    put_number(out, ",\"pid\":", caller->pid);
    put_uid(out, caller->uid);
    put_string(out, ",\"identity\":", caller->identity);
    put_string(out, ",\"address\":", caller->address);
    json_write_text(out, "}}");
}

enum via_status json_unanswered_list(struct json_session *session,
                                     const struct jsonrpc_request *request)
{
    struct gateway *gateway = session->session.gateway;
    const struct directory *directory = &gateway->directory;
    char family[DIRECTORY_FAMILY_MAX + 2], pattern[DIRECTORY_NAME_MAX + 2];
    char cursor[DIRECTORY_CURSOR_MAX];
    json_session_copy(family, sizeof family, request->family);
    json_session_copy(pattern, sizeof pattern, request->pattern);
    json_session_copy(cursor, sizeof cursor, request->after);
    uint32_t most = request->limit == 0 || request->limit > LIST_MOST ? LIST_MOST : request->limit;
    uint32_t n = 0;
    struct buffer *out = json_session_begin(session);
    jsonrpc_result_begin(out, &request->id);
    json_write_text(out, "{\"services\":[");
    unanswered_count(gateway);
    size_t at = directory_after(directory, cursor);
    for (; at < directory->n; at++) {
        const struct directory_entry *entry = directory->sorted[at];
        struct unanswered_line line;
        if ((*family != '\0' && strcmp(family, entry->spec.family) != 0) ||
            !directory_shows(entry, &session->session.principal) ||
            !pattern_matches(pattern, entry->spec.name) ||
            !unanswered_describe(gateway, entry, &line))
            continue;
        if (n == most)
            break;
        if (n++ > 0)
            json_write_text(out, ",");
        put_line(out, entry, &line);
    }
    json_write_text(out, "]");
    if (at < directory->n && at > 0) {
        directory_cursor(directory->sorted[at - 1], cursor);
        put_string(out, ",\"next\":", cursor);
    }
    json_write_text(out, "}");
    jsonrpc_result_end(out);
    return VIA_OK;
}
