/*
 * Object 0's verb about requests without an answer.
 */
#include <string.h>

#include "gateway/pattern.h"
#include "gateway/unanswered.h"
#include "gateway/verb_call.h"

static enum via_status put_line(struct via_parcel *page, const struct directory_entry *entry,
                                const struct unanswered_line *line)
{
    const struct principal *caller = &line->caller->principal;
    enum via_status status = via_parcel_write_str(page, entry->spec.family);
    if (status == VIA_OK)
        status = via_parcel_write_str(page, entry->spec.name);
    if (status == VIA_OK)
        status = via_parcel_write_i32(page, entry->pid);
    if (status == VIA_OK)
        status = via_parcel_write_u32(page, entry->uid);
    if (status == VIA_OK)
        status = via_parcel_write_u32(page, line->n);
    if (status == VIA_OK)
        status = via_parcel_write_u64(page, line->waits_ms);
    if (status == VIA_OK)
        status = via_parcel_write_i32(page, caller->pid);
    if (status == VIA_OK)
        status = via_parcel_write_u32(page, caller->uid);
    if (status == VIA_OK)
        status = via_parcel_write_str(page, caller->identity);
    if (status == VIA_OK)
        status = via_parcel_write_str(page, caller->address);
    return status;
}

enum via_status unanswered_verbs_list(struct verb_call *call)
{
    const struct directory *directory = &call->gateway->directory;
    const char *family = "", *pattern = "", *after = "";
    const char **texts[] = {&family, &pattern, &after};
    uint32_t most = 0, n = 0;
    enum via_status status = verb_call_texts(call, texts, 3);
    if (status == VIA_OK)
        status = via_parcel_read_u32(call->request, &most);
    if (status != VIA_OK)
        return status;
    struct via_parcel *page = NULL;
    status = via_parcel_create(&page);
    unanswered_count(call->gateway);
    size_t at = directory_after(directory, after);
    for (; status == VIA_OK && at < directory->n; at++) {
        const struct directory_entry *entry = directory->sorted[at];
        struct unanswered_line line;
        if ((*family != '\0' && strcmp(family, entry->spec.family) != 0) ||
            !directory_shows(entry, &call->session->principal) ||
            !pattern_matches(pattern, entry->spec.name) ||
            !unanswered_describe(call->gateway, entry, &line))
            continue;
        if (n == verb_call_page(most) || via_parcel_size(page) >= VERB_LIST_SIZE_MAX)
            break;
        status = put_line(page, entry, &line);
        n++;
    }
    bool more = at < directory->n;
    char next[DIRECTORY_CURSOR_MAX] = "";
    if (more && at > 0)
        directory_cursor(directory->sorted[at - 1], next);
    if (status == VIA_OK)
        status = verb_call_put_page(call, n, page, more, next);
    (void)via_parcel_unref(page);
    return status;
}
