/*
 * codecs/control.h has the order. A string that is null reads as empty.
 */
#include "bridge/entry.h"

#include "codecs/control.h"

enum via_status entry_read_text(struct via_parcel *parcel, const char **textp)
{
    enum via_status status = via_parcel_read_str(parcel, textp);
    if (status == VIA_OK && *textp == NULL)
        *textp = "";
    return status;
}

enum via_status entry_read(struct via_parcel *parcel, struct via_entry *entryp)
{
    struct via_entry entry = {0};
    enum via_status status = entry_read_text(parcel, &entry.family);
    if (status == VIA_OK)
        status = entry_read_text(parcel, &entry.name);
    if (status == VIA_OK)
        status = via_parcel_read_u32(parcel, &entry.flags);
    if (status == VIA_OK)
        status = via_parcel_read_u32(parcel, &entry.mode);
    if (status == VIA_OK)
        status = entry_read_text(parcel, &entry.class_name);
    if (status == VIA_OK)
        status = entry_read_text(parcel, &entry.protocol);
    if (status == VIA_OK)
        status = via_parcel_read_u32(parcel, &entry.message_size);
    if (status == VIA_OK)
        status = entry_read_text(parcel, &entry.info);
    if (status == VIA_OK)
        status = via_parcel_read_i32(parcel, &entry.pid);
    if (status == VIA_OK)
        status = via_parcel_read_u32(parcel, &entry.uid);
    if (status == VIA_OK)
        status = via_parcel_read_u32(parcel, &entry.gid);
    if (status == VIA_OK && (entry.flags & DIRECTORY_NUMBERED) != 0)
        status = via_parcel_read_u32(parcel, &entry.number);
    entry.flags &= ~(uint32_t)DIRECTORY_NUMBERED;
    if (status == VIA_OK)
        *entryp = entry;
    return status;
}
