/*
 * The structures have no padding, so an octet of one is an octet of a field of it. Entries of a
 * list are counted by what the data hold; what they say is only compared with it.
 */
#include "codecs/portfolio_fields.h"

#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_frames.h"
#include "codecs/portfolio_name.h"
#include "include/portfolio/event.h"

#define WORD 4u
#define COUNT_AT 4u /* in a list */

#define PLACE(structure, member, type_, n_, name_)                                                 \
    {                                                                                              \
        .name = (name_), .at = offsetof(structure, member), .n = (n_), .type = (type_)             \
    }
#define SIZE_OF(structure, member) sizeof(((structure *)NULL)->member)
#define OCTETS(structure, member, name)                                                            \
    PLACE(structure, member, PORTFOLIO_U8, SIZE_OF(structure, member), name)
#define CHARS(structure, member, name)                                                             \
    PLACE(structure, member, PORTFOLIO_CHARS, SIZE_OF(structure, member), name)
#define WORDS(structure, member, name)                                                             \
    PLACE(structure, member, PORTFOLIO_U32, SIZE_OF(structure, member) / WORD, name)
#define NUMBER(structure, member, name) PLACE(structure, member, PORTFOLIO_I32, 1, name)
#define PORT(structure, member, name) PLACE(structure, member, PORTFOLIO_PORT, 1, name)
#define STRUCT(symbol, n_octets, ...)                                                              \
    static const struct portfolio_field symbol##_fields[] = {__VA_ARGS__};                         \
    const struct portfolio_struct portfolio_##symbol = {                                           \
        .fields = symbol##_fields,                                                                 \
        .n_fields = sizeof symbol##_fields / sizeof symbol##_fields[0],                            \
        .size = (n_octets),                                                                        \
    }

typedef __typeof__(((ListenerList *)NULL)->ll_Listener[0]) Listener;

/* ---- the table ---- */

STRUCT(header, sizeof(EventBrokerHeader), WORDS(EventBrokerHeader, ebh_Flavor, NULL));
STRUCT(configuration_request, sizeof(ConfigurationRequest),
       WORDS(ConfigurationRequest, cr_Header, NULL),
       WORDS(ConfigurationRequest, cr_Category, "category"),
       WORDS(ConfigurationRequest, cr_TriggerMask, "trigger"),
       WORDS(ConfigurationRequest, cr_CaptureMask, "capture"),
       NUMBER(ConfigurationRequest, cr_QueueMax, "queueMax"),
       WORDS(ConfigurationRequest, rfu, NULL));
STRUCT(register_event, sizeof(RegisterEvent), WORDS(RegisterEvent, re_Header, NULL),
       NUMBER(RegisterEvent, re_IsUserInterfaceEvent, "isUserInterfaceEvent"),
       CHARS(RegisterEvent, re_EventName, "eventName"));
STRUCT(set_focus, sizeof(SetFocus), WORDS(SetFocus, sf_Header, NULL),
       PORT(SetFocus, sf_DesiredFocusListener, "listener"));
STRUCT(pod_data, sizeof(PodDataHeader), WORDS(PodDataHeader, pd_Header, NULL),
       NUMBER(PodDataHeader, pd_PodNumber, "pod"), NUMBER(PodDataHeader, pd_WaitFlag, "wait"),
       NUMBER(PodDataHeader, pd_DataByteCount, NULL));
STRUCT(listener_list, offsetof(ListenerList, ll_Listener), WORDS(ListenerList, ll_Header, NULL),
       NUMBER(ListenerList, ll_Count, NULL));
STRUCT(pod_list, offsetof(PodDescriptionList, pdl_Pod), WORDS(PodDescriptionList, pdl_Header, NULL),
       NUMBER(PodDescriptionList, pdl_PodCount, NULL));

STRUCT(listener, sizeof(Listener), PORT(Listener, li_PortItem, "port"),
       WORDS(Listener, li_Category, "category"));
STRUCT(pod_description, sizeof(PodDescription), OCTETS(PodDescription, pod_Number, "number"),
       OCTETS(PodDescription, pod_Position, "position"), OCTETS(PodDescription, rfu, NULL),
       WORDS(PodDescription, pod_Type, "type"), WORDS(PodDescription, pod_BitsIn, "bitsIn"),
       WORDS(PodDescription, pod_BitsOut, "bitsOut"), WORDS(PodDescription, pod_Flags, "flags"),
       OCTETS(PodDescription, pod_GenericNumber, "generic"),
       PORT(PodDescription, pod_LockHolder, "lockHolder"));
STRUCT(event_frame, sizeof(EventFrameHeader), WORDS(EventFrameHeader, ef_ByteCount, NULL),
       WORDS(EventFrameHeader, ef_SystemID, "system"),
       WORDS(EventFrameHeader, ef_SystemTimeStamp, "time"),
       PORT(EventFrameHeader, ef_Submitter, "submitter"),
       OCTETS(EventFrameHeader, ef_EventNumber, "number"),
       OCTETS(EventFrameHeader, ef_PodNumber, "pod"),
       OCTETS(EventFrameHeader, ef_PodPosition, "position"),
       OCTETS(EventFrameHeader, ef_GenericPosition, "generic"),
       OCTETS(EventFrameHeader, ef_Trigger, "trigger"), OCTETS(EventFrameHeader, rfu1, NULL),
       WORDS(EventFrameHeader, rfu2, NULL));

STRUCT(control_pad_data, sizeof(ControlPadEventData),
       WORDS(ControlPadEventData, cped_ButtonBits, "bits"));
STRUCT(mouse_data, sizeof(MouseEventData), WORDS(MouseEventData, med_ButtonBits, "bits"),
       NUMBER(MouseEventData, med_HorizPosition, "horizPosition"),
       NUMBER(MouseEventData, med_VertPosition, "vertPosition"));
STRUCT(gun_data, sizeof(GunEventData), WORDS(GunEventData, ged_ButtonBits, "bits"),
       NUMBER(GunEventData, ged_HorizPosition, "horizPosition"),
       NUMBER(GunEventData, ged_VertPosition, "vertPosition"));
STRUCT(light_gun_data, sizeof(LightGunEventData), WORDS(LightGunEventData, lged_ButtonBits, "bits"),
       WORDS(LightGunEventData, lged_Counter, "counter"),
       WORDS(LightGunEventData, lged_LinePulseCount, "linePulseCount"));
STRUCT(character_data, sizeof(CharacterEventData),
       WORDS(CharacterEventData, ced_CharacterTyped, "characterTyped"),
       WORDS(CharacterEventData, ced_ModifierKeys, "modifierKeys"));
STRUCT(keyboard_data, sizeof(KeyboardEventData),
       WORDS(KeyboardEventData, ked_KeyMatrix, "keyMatrix"));
STRUCT(stick_data, sizeof(StickEventData), WORDS(StickEventData, stk_ButtonBits, "bits"),
       NUMBER(StickEventData, stk_HorizPosition, "horizPosition"),
       NUMBER(StickEventData, stk_VertPosition, "vertPosition"),
       NUMBER(StickEventData, stk_DepthPosition, "depthPosition"));
STRUCT(ir_controller_data, sizeof(IRControllerEventData),
       WORDS(IRControllerEventData, ir_KeyMatrix, "keyMatrix"),
       NUMBER(IRControllerEventData, ir_KeyCode, "keyCode"),
       NUMBER(IRControllerEventData, ir_GenericCode, "genericCode"),
       NUMBER(IRControllerEventData, ir_Model, "model"));
STRUCT(device_state_data, sizeof(DeviceStateEventData),
       NUMBER(DeviceStateEventData, dsed_DeviceItem, "deviceItem"),
       WORDS(DeviceStateEventData, dsed_DeviceUnit, "deviceUnit"));
STRUCT(filesystem_data, sizeof(FilesystemEventData),
       NUMBER(FilesystemEventData, fsed_FilesystemItem, "filesystemItem"),
       CHARS(FilesystemEventData, fsed_Name, "name"));

_Static_assert(sizeof(ConfigurationRequest) == 108 && sizeof(RegisterEvent) == 264 &&
                   sizeof(PodDataHeader) == 16 && sizeof(Listener) == 8 &&
                   sizeof(PodDescription) == 40 && sizeof(EventFrameHeader) == 28,
               "a structure that crosses hosts has another size");

/* ---- reading and writing ---- */

static bool is_octets(const struct portfolio_field *field)
{
    return field->type == PORTFOLIO_U8 || field->type == PORTFOLIO_CHARS;
}

void portfolio_read(const struct portfolio_struct *structure, const uint8_t *octets, void *native)
{
    uint8_t *out = native;
    for (const struct portfolio_field *field = structure->fields;
         field < structure->fields + structure->n_fields; field++) {
        if (is_octets(field)) {
            memcpy(out + field->at, octets + field->at, field->n);
            continue;
        }
        for (size_t at = field->at; at < field->at + field->n * (size_t)WORD; at += WORD) {
            uint32_t word = octets_get_u32(octets + at);
            memcpy(out + at, &word, sizeof word);
        }
    }
}

void portfolio_write(const struct portfolio_struct *structure, const void *native, uint8_t *octets)
{
    const uint8_t *in = native;
    for (const struct portfolio_field *field = structure->fields;
         field < structure->fields + structure->n_fields; field++) {
        if (is_octets(field)) {
            memcpy(octets + field->at, in + field->at, field->n);
            continue;
        }
        for (size_t at = field->at; at < field->at + field->n * (size_t)WORD; at += WORD) {
            uint32_t word;
            memcpy(&word, in + at, sizeof word);
            octets_put_u32(octets + at, word);
        }
    }
}

size_t portfolio_fixed_size(uint32_t flavor)
{
    switch (flavor) {
    case EB_Configure:
        return portfolio_configuration_request.size;
    case EB_SendEvent: /* a header alone ends at once */
    case EB_NoOp:
    case EB_ConfigureReply:
    case EB_EventRecord:
    case EB_GetListeners:
    case EB_GetFocus:
    case EB_DescribePods:
    case EB_MakeTable:
    case EB_MakeTableReply:
        return portfolio_header.size;
    case EB_RegisterEvent:
        return portfolio_register_event.size;
    case EB_GetListenersReply:
        return portfolio_listener_list.size;
    case EB_SetFocus:
        return portfolio_set_focus.size;
    case EB_ReadPodData:
    case EB_ReadPodDataReply:
    case EB_WritePodData:
    case EB_WritePodDataReply:
    case EB_LockPod:
    case EB_UnlockPod:
    case EB_IssuePodCmd:
    case EB_IssuePodCmdReply:
        return portfolio_pod_data.size;
    case EB_DescribePodsReply:
        return portfolio_pod_list.size;
    default: /* a peer's number, or one that data never have */
        return 0;
    }
}

/* ---- lists ---- */

static size_t entry_size(uint32_t flavor)
{
    return flavor == EB_GetListenersReply ? sizeof(Listener) : sizeof(PodDescription);
}

bool portfolio_list_count(const uint8_t *data, size_t size, uint32_t *countp)
{
    if (size < portfolio_listener_list.size)
        return false;
    uint32_t flavor = octets_get_u32(data);
    if (flavor != EB_GetListenersReply && flavor != EB_DescribePodsReply)
        return false;
    size_t room = size - portfolio_listener_list.size;
    uint32_t count = octets_get_u32(data + COUNT_AT);
    if (room % entry_size(flavor) != 0 || room / entry_size(flavor) != count)
        return false;
    *countp = count;
    return true;
}

size_t portfolio_list_at(uint32_t flavor, uint32_t index)
{
    return portfolio_listener_list.size + index * entry_size(flavor);
}

bool portfolio_list_names_are(const void *names, size_t size, uint32_t count)
{
    const char *at = names;
    for (; size > 0; count--) {
        const char *end = memchr(at, '\0', size);
        if (count == 0 || end == NULL || (end != at && !portfolio_name_is_legal(at, size)))
            return false;
        size -= (size_t)(end + 1 - at);
        at = end + 1;
    }
    return count == 0;
}

/* ---- ports ---- */

void portfolio_ports_start(struct portfolio_ports *ports, const uint8_t *data, size_t size)
{
    uint32_t flavor, count = 0;
    *ports = (struct portfolio_ports){.data = data, .at = size};
    if (size < portfolio_header.size)
        return;
    flavor = octets_get_u32(data);
    if (flavor == EB_SetFocus && size >= portfolio_set_focus.size) {
        *ports = (struct portfolio_ports){
            .data = data,
            .size = portfolio_set_focus.size,
            .at = offsetof(SetFocus, sf_DesiredFocusListener),
            .step = portfolio_set_focus.size,
        };
    } else if (flavor == EB_EventRecord && portfolio_frames_check(data, size, NULL) == VIA_OK) {
        ports->size = size;
        ports->at = portfolio_header.size;
        ports->is_chain = true;
    } else if (portfolio_list_count(data, size, &count)) {
        ports->size = size;
        ports->step = entry_size(flavor);
        ports->at = portfolio_list_at(flavor, 0) + (flavor == EB_GetListenersReply
                                                        ? offsetof(Listener, li_PortItem)
                                                        : offsetof(PodDescription, pod_LockHolder));
    }
}

bool portfolio_ports_next(struct portfolio_ports *ports, size_t *atp)
{
    struct portfolio_frame frame;
    if (ports->is_chain) {
        if (!portfolio_frames_next(ports->data, ports->size, &ports->at, &frame))
            return false;
        *atp = frame.at + offsetof(EventFrameHeader, ef_Submitter);
        return true;
    }
    if (ports->at >= ports->size)
        return false;
    *atp = ports->at;
    ports->at += ports->step;
    return true;
}

bool portfolio_result_is_port(uint32_t flavor)
{
    return flavor == EB_SetFocus || flavor == EB_GetFocus;
}
