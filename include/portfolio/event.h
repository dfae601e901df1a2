/*
 * Portfolio: the event broker. A listener is a reply port: whoever sends EB_Configure to the port
 * EventPortName with a message that has it gets records of events there, and replies to each.
 * Everything else is asked with a message to the same port, and answered in that message.
 *
 * Source: docs/event-broker.md, "The broker"; the system's event.h.
 */
#pragma once

#include "discdata.h"
#include "graphics.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define EventPortName "eventbroker"

/* Records under way to one listener. */
#define EVENT_QUEUE_MAX_PERMITTED 20
#define EVENT_QUEUE_DEFAULT 3 /* for any number that is not 1 to 20 */

/** EventBrokerFlavor - what a message to or from the broker is. Requests are odd, the reply's
 * flavor is the next; what it says beside the result is in its data for EB_ConfigureReply,
 * EB_GetListenersReply, EB_DescribePodsReply and EB_MakeTableReply, and where a pod returned
 * octets */
enum EventBrokerFlavor {
    EB_NoOp = 0,
    EB_Configure = 1,
    EB_ConfigureReply = 2,
    EB_EventRecord = 3,
    EB_EventReply = 4,
    EB_SendEvent = 5,
    EB_SendEventReply = 6,
    EB_Command = 7,
    EB_CommandReply = 8,
    EB_RegisterEvent = 9,
    EB_RegisterEventReply = 10,
    EB_GetListeners = 11,
    EB_GetListenersReply = 12,
    EB_SetFocus = 13,
    EB_SetFocusReply = 14,
    EB_GetFocus = 15,
    EB_GetFocusReply = 16,
    EB_ReadPodData = 17,
    EB_ReadPodDataReply = 18,
    EB_WritePodData = 19,
    EB_WritePodDataReply = 20,
    EB_LockPod = 21,
    EB_LockPodReply = 22,
    EB_UnlockPod = 23,
    EB_UnlockPodReply = 24,
    EB_IssuePodCmd = 25,
    EB_IssuePodCmdReply = 26,
    EB_DescribePods = 27,
    EB_DescribePodsReply = 28,
    EB_MakeTable = 29,
    EB_MakeTableReply = 30
};

/** EventBrokerHeader - how the data of every message begins */
typedef struct EventBrokerHeader {
    enum EventBrokerFlavor ebh_Flavor;
} EventBrokerHeader;

/* ---- listening ---- */

#define LC_ISNOTFOCUSED 0
#define LC_ISFOCUSED 1
enum ListenerCategory {
    LC_NoSeeUm = 0,       /* gets nothing */
    LC_FocusListener = 1, /* everything, while it has the focus */
    LC_Observer = 2,      /* everything, always */
    LC_FocusUI = 3        /* what users do while it has the focus, the rest always */
};

/** ConfigurationRequest - EB_Configure: the reply port listens from now on, or in another way.
 * Result: 0; ER_SoftErr (no memory for a listener); ER_ParamError (no such category) */
typedef struct ConfigurationRequest {
    EventBrokerHeader cr_Header;
    enum ListenerCategory cr_Category;
    uint32 cr_TriggerMask[8]; /* each of these events causes a record */
    uint32 cr_CaptureMask[8]; /* these are in a record if they happen in the same field */
    int32 cr_QueueMax;        /* records under way at most; other than 1 to 20: as it was */
    uint32 rfu[8];            /* whatever it is */
} ConfigurationRequest;

/* ---- events ---- */

/** EventFrame - one event. The data of a record are a header, frames, and a uint32 of 0; the next
 * frame is ef_ByteCount octets behind this one */
typedef struct EventFrame {
    uint32 ef_ByteCount;       /* all of it, a multiple of 4; 28 without data */
    uint32 ef_SystemID;        /* 0: of the broker's host */
    uint32 ef_SystemTimeStamp; /* fields that the broker has counted */
    int32 ef_Submitter;        /* the port of who sent it; 0: the broker */
    uint8 ef_EventNumber;
    uint8 ef_PodNumber;       /* 0: no pod's; likewise the next two */
    uint8 ef_PodPosition;     /* in the chain, from 1 */
    uint8 ef_GenericPosition; /* among pods of the event's class, from 1 */
    uint8 ef_Trigger;         /* 1: by the trigger mask; 0: captured */
    uint8 rfu1[3];
    uint32 rfu2;
    uint32 ef_EventData[1]; /* really as long as ef_ByteCount says */
} EventFrame;

typedef struct EventFrameHeader {
    uint32 ef_ByteCount;
    uint32 ef_SystemID;
    uint32 ef_SystemTimeStamp;
    int32 ef_Submitter;
    uint8 ef_EventNumber;
    uint8 ef_PodNumber;
    uint8 ef_PodPosition;
    uint8 ef_GenericPosition;
    uint8 ef_Trigger;
    uint8 rfu1[3];
    uint32 rfu2;
} EventFrameHeader;

/** SendEvent - EB_SendEvent: frames for all listeners that want them. Result: 0; ER_ParamError;
 * ER_NotPrivileged (an event of the broker's own, without the right to it) */
typedef struct SendEvent {
    EventBrokerHeader se_Header;
    EventFrame se_FirstFrame; /* and more behind it */
} SendEvent;

/** RegisterEvent - EB_RegisterEvent: a number for an event of one's own, by its name. Result: 128
 * to 191 where it is what users do, else 192 to 255; ER_BadName; ER_ParamError (the name is there,
 * of the other kind); ER_NoMem (all are taken) */
typedef struct RegisterEvent {
    EventBrokerHeader re_Header;
    int32 re_IsUserInterfaceEvent;
    char re_EventName[256]; /* with its NUL; the case of letters does not matter */
} RegisterEvent;

/* Numbers of events. Those up to 32, and 128 to 191, are what users do. */
#define EVENTNUM_ControlButtonPressed 1
#define EVENTNUM_ControlButtonReleased 2
#define EVENTNUM_ControlButtonUpdate 3
#define EVENTNUM_ControlButtonArrived 4
#define EVENTNUM_MouseButtonPressed 5
#define EVENTNUM_MouseButtonReleased 6
#define EVENTNUM_MouseUpdate 7
#define EVENTNUM_MouseMoved 8
#define EVENTNUM_MouseDataArrived 9
#define EVENTNUM_GunButtonPressed 10
#define EVENTNUM_GunButtonReleased 11
#define EVENTNUM_GunUpdate 12
#define EVENTNUM_GunDataArrived 13
#define EVENTNUM_KeyboardKeyPressed 14
#define EVENTNUM_KeyboardKeyReleased 15
#define EVENTNUM_KeyboardUpdate 16
#define EVENTNUM_KeyboardDataArrived 17
#define EVENTNUM_CharacterEntered 18
#define EVENTNUM_GivingFocus 19
#define EVENTNUM_LosingFocus 20
#define EVENTNUM_LightGunButtonPressed 21
#define EVENTNUM_LightGunButtonReleased 22
#define EVENTNUM_LightGunUpdate 23
#define EVENTNUM_LightGunFireTracking 24
#define EVENTNUM_LightGunDataArrived 25
#define EVENTNUM_StickButtonPressed 26
#define EVENTNUM_StickButtonReleased 27
#define EVENTNUM_StickUpdate 28
#define EVENTNUM_StickMoved 29
#define EVENTNUM_StickDataArrived 30
#define EVENTNUM_IRKeyPressed 31
#define EVENTNUM_IRKeyReleased 32

#define EVENTNUM_DeviceOnline 64
#define EVENTNUM_DeviceOffline 65
#define EVENTNUM_FilesystemMounted 66
#define EVENTNUM_FilesystemOffline 67
#define EVENTNUM_FilesystemDismounted 68
#define EVENTNUM_ControlPortChange 69
#define EVENTNUM_PleaseSaveAndExit 70
#define EVENTNUM_PleaseExitImmediately 71
#define EVENTNUM_EventQueueOverflow 72

/* Their bits: EVENTBIT0_ in the first word of a mask, EVENTBIT2_ in the third. Of other numbers n
 * from 64 on: word n / 32, bit 0x80000000 >> n % 32. */
#define EVENTBIT0_ControlButtonPressed 0x80000000
#define EVENTBIT0_ControlButtonReleased 0x40000000
#define EVENTBIT0_ControlButtonUpdate 0x20000000
#define EVENTBIT0_ControlButtonArrived 0x10000000
#define EVENTBIT0_MouseButtonPressed 0x08000000
#define EVENTBIT0_MouseButtonReleased 0x04000000
#define EVENTBIT0_MouseUpdate 0x02000000
#define EVENTBIT0_MouseMoved 0x01000000
#define EVENTBIT0_MouseDataArrived 0x00800000
#define EVENTBIT0_GunButtonPressed 0x00400000
#define EVENTBIT0_GunButtonReleased 0x00200000
#define EVENTBIT0_GunUpdate 0x00100000
#define EVENTBIT0_GunDataArrived 0x00080000
#define EVENTBIT0_KeyboardKeyPressed 0x00040000
#define EVENTBIT0_KeyboardKeyReleased 0x00020000
#define EVENTBIT0_KeyboardUpdate 0x00010000
#define EVENTBIT0_KeyboardDataArrived 0x00008000
#define EVENTBIT0_CharacterEntered 0x00004000
#define EVENTBIT0_GivingFocus 0x00002000
#define EVENTBIT0_LosingFocus 0x00001000
#define EVENTBIT0_LightGunButtonPressed 0x00000800
#define EVENTBIT0_LightGunButtonReleased 0x00000400
#define EVENTBIT0_LightGunUpdate 0x00000200
#define EVENTBIT0_LightGunFireTracking 0x00000100
#define EVENTBIT0_LightGunDataArrived 0x00000080
#define EVENTBIT0_StickButtonPressed 0x00000040
#define EVENTBIT0_StickButtonReleased 0x00000020
#define EVENTBIT0_StickUpdate 0x00000010
#define EVENTBIT0_StickMoved 0x00000008
#define EVENTBIT0_StickDataArrived 0x00000004
#define EVENTBIT0_IRKeyPressed 0x00000002
#define EVENTBIT0_IRKeyReleased 0x00000001

#define EVENTBIT2_DeviceOnline 0x80000000
#define EVENTBIT2_DeviceOffline 0x40000000
#define EVENTBIT2_FilesystemMounted 0x20000000
#define EVENTBIT2_FilesystemOffline 0x10000000
#define EVENTBIT2_FilesystemDismounted 0x08000000
#define EVENTBIT2_ControlPortChange 0x04000000
#define EVENTBIT2_PleaseSaveAndExit 0x02000000
#define EVENTBIT2_PleaseExitImmediately 0x01000000
#define EVENTBIT2_EventQueueOverflow 0x00800000

/* ---- what pods say ---- */

typedef struct ControlPadEventData {
    uint32 cped_ButtonBits;
} ControlPadEventData;

#define ControlDown 0x80000000
#define ControlUp 0x40000000
#define ControlRight 0x20000000
#define ControlLeft 0x10000000
#define ControlA 0x08000000
#define ControlB 0x04000000
#define ControlC 0x02000000
#define ControlStart 0x01000000
#define ControlX 0x00800000
#define ControlRightShift 0x00400000
#define ControlLeftShift 0x00200000

typedef struct MouseEventData {
    uint32 med_ButtonBits;
    int32 med_HorizPosition; /* sums of all moves, without bounds */
    int32 med_VertPosition;
} MouseEventData;

#define MouseLeft 0x80000000
#define MouseMiddle 0x40000000
#define MouseRight 0x20000000
#define MouseShift 0x10000000

typedef struct GunEventData {
    uint32 ged_ButtonBits;
    int32 ged_HorizPosition; /* on the screen */
    int32 ged_VertPosition;
} GunEventData;

typedef struct LightGunEventData {
    uint32 lged_ButtonBits;
    uint32 lged_Counter;        /* 20 bits */
    uint32 lged_LinePulseCount; /* 5 bits; 0: no hit */
} LightGunEventData;

#define LightGunTrigger 0x80000000

typedef struct CharacterEventData {
    uint32 ced_CharacterTyped;
    uint32 ced_ModifierKeys;
} CharacterEventData;

typedef struct KeyboardEventData {
    uint32
        ked_KeyMatrix[8]; /* of key c (PS/2, set 2; 0x80 | c with E0): word c / 32, 1 << c % 32 */
} KeyboardEventData;

typedef struct StickEventData {
    uint32 stk_ButtonBits;
    int32 stk_HorizPosition; /* 0 to 1023, about 512 at rest */
    int32 stk_VertPosition;
    int32 stk_DepthPosition;
} StickEventData;

#define StickFire 0x80000000
#define StickA 0x40000000
#define StickB 0x20000000
#define StickC 0x10000000
#define StickUp 0x08000000
#define StickDown 0x04000000
#define StickRight 0x02000000
#define StickLeft 0x01000000
#define StickPlay 0x00800000
#define StickStop 0x00400000
#define StickLeftShift 0x00200000
#define StickRightShift 0x00100000
#define StickButtons 0xfff00000
#define StickCapability 0x000c0000 /* what it can, in every frame */
#define Stick4Way 0x00080000
#define StickTurbulence 0x00040000

typedef struct IRControllerEventData {
    uint32 ir_KeyMatrix[8];
    int32 ir_KeyCode;
    int32 ir_GenericCode;
    int32 ir_Model;
} IRControllerEventData;

#define IRModelGeneric3DO 0x33444f20
#define IRModelForage 0x34414745

typedef struct DeviceStateEventData {
    Item dsed_DeviceItem; /* its n_Name is the device's */
    uint32 dsed_DeviceUnit;
} DeviceStateEventData;

typedef struct FilesystemEventData {
    Item fsed_FilesystemItem;
    char fsed_Name[FILESYSTEM_MAX_NAME_LEN];
} FilesystemEventData;

/* ---- listeners and the focus ---- */

/** ListenerList - EB_GetListenersReply, to a message with a buffer; the newest comes first */
typedef struct ListenerList {
    EventBrokerHeader ll_Header;
    int32 ll_Count;
    struct {
        Item li_PortItem;
        enum ListenerCategory li_Category;
    } ll_Listener[1]; /* really ll_Count of them */
} ListenerList;

/** SetFocus - EB_SetFocus: this port is to have it. Result: the port; ER_BadItem (it is no
 * listener, or cannot have the focus). EB_GetFocus, which is a header alone, has the port that has
 * it as its result, or 0 */
typedef struct SetFocus {
    EventBrokerHeader sf_Header;
    Item sf_DesiredFocusListener;
} SetFocus;

/* ---- pods ---- */

/** PodData - EB_IssuePodCmd, EB_ReadPodData, EB_WritePodData, EB_LockPod, EB_UnlockPod, and the
 * replies to the first three where there are octets to return. Result: 0; ER_BadUnit (no such pod);
 * ER_NotSupported; ER_ParamError; ER_NotOwner (another port has it locked); ER_NoMem (the buffer is
 * too small) */
typedef struct PodData {
    EventBrokerHeader pd_Header;
    int32 pd_PodNumber;
    int32 pd_WaitFlag; /* 1: the reply comes when it is done, and not at once */
    int32 pd_DataByteCount;
    uint8 pd_Data[4]; /* really pd_DataByteCount octets; of a command its class comes first */
} PodData;

typedef struct PodDataHeader {
    EventBrokerHeader pd_Header;
    int32 pd_PodNumber;
    int32 pd_WaitFlag;
    int32 pd_DataByteCount;
} PodDataHeader;

typedef struct PodDescription {
    uint8 pod_Number;   /* as long as it is there */
    uint8 pod_Position; /* in the chain, from 1 */
    uint8 rfu[2];
    uint32 pod_Type; /* PODID_... */
    uint32 pod_BitsIn;
    uint32 pod_BitsOut;
    uint32 pod_Flags;            /* POD_Is...: the classes that it is of */
    uint8 pod_GenericNumber[16]; /* in each of them: which one it is, from 1 */
    Item pod_LockHolder;         /* a port; 0: none */
} PodDescription;

/** PodDescriptionList - EB_DescribePodsReply, to a message with a buffer, in the chain's order */
typedef struct PodDescriptionList {
    EventBrokerHeader pdl_Header;
    int32 pdl_PodCount;
    PodDescription pdl_Pod[1]; /* really pdl_PodCount of them */
} PodDescriptionList;

/** PodDescriptions - the same by other names */
typedef struct PodDescriptions {
    EventBrokerHeader pd_Header;
    int32 pd_Pods;
    PodDescription pd_Pod[1];
} PodDescriptions;

enum GenericPodType {
    GENERIC_ControlPad = 0,
    GENERIC_Mouse = 1,
    GENERIC_Gun = 2,
    GENERIC_GlassesCtlr = 3,
    GENERIC_AudioCtlr = 4,
    GENERIC_Keyboard = 5,
    GENERIC_LightGun = 6,
    GENERIC_Stick = 7,
    GENERIC_IRController = 8
};

#define POD_IsControlPad 0x80000000
#define POD_IsMouse 0x40000000
#define POD_IsGun 0x20000000
#define POD_IsGlassesCtlr 0x10000000
#define POD_IsAudioCtlr 0x08000000
#define POD_IsKeyboard 0x04000000
#define POD_IsLightGun 0x02000000
#define POD_IsStick 0x01000000
#define POD_IsIRController 0x00800000

/* The broker's own: programs read 0 in their place. */
#define POD_OutputActive 0x00000001
#define POD_ShortFramesOK 0x00000002
#define POD_MultipleFramesOK 0x00000004
#define POD_FilteringOK 0x00000008

#define PODID_SHORTCIRCUIT_DONT_USE 0x00
#define PODID_3DO_ANALOG_JOYSTICK 0x01
#define PODID_3DO_KEYBOARD 0x02
#define PODID_3DO_IR_RECEIVER 0x03
#define PODID_3DO_PROTO_THINGIE 0x04
#define PODID_3DO_TOUCHSCREEN 0x05
#define PODID_3DO_3D_GLASSES 0x41
#define PODID_3DO_MOUSE 0x49
#define PODID_3DO_LIGHTGUN 0x4d
#define PODID_3DO_SPLITTER 0x56
#define PODID_3DO_SPLITTER_2 0x57
#define PODID_3DO_BASIC_CONTROL_PAD 0x80
#define PODID_3DO_EXTD_CONTROL_PAD 0xa0
#define PODID_3DO_SILLY_CONTROL_PAD 0xc0
#define PODID_SPLITTER_END_CHAIN_1 0xfe
#define PODID_END_CHAIN 0xff

#define POD_CONTROL_PAD_MASK 0xe0
#define POD_ROMFUL_MASK_BIT 0x80
#define POD_JJJ_MASK 0x70
#define POD_KKK_MASK 0x0f

/* ---- commands to pods: pd_Data[0] is the class, [1] one of these, arguments follow ---- */

enum POD_GenericAudioCommands { GENERIC_AUDIO_SetChannels = 0 }; /* one octet */
#define AUDIO_Channels_Mute 0x00
#define AUDIO_Channels_RightToBoth 0x01
#define AUDIO_Channels_LeftToBoth 0x02
#define AUDIO_Channels_Stereo 0x03

enum POD_GenericGlassesCommands { GENERIC_GLASSES_SetView = 0 }; /* two, left and right */
#define GLASSES_AlwaysOn 0x00
#define GLASSES_OnOddField 0x01
#define GLASSES_OnEvenField 0x02
#define GLASSES_Opaque 0x03

enum POD_KeyboardCommands { GENERIC_KEYBOARD_SetLEDs = 0 }; /* one or two, the last one counts */
#define KEYBOARD_LED_SCROLLLOCK 0x01
#define KEYBOARD_LED_NUMLOCK 0x02
#define KEYBOARD_LED_CAPSLOCK 0x04

enum POD_LightGunCommands { GENERIC_LIGHTGUN_SetLEDs = 0 }; /* one octet */
#define LIGHTGUN_LED1 0x80
#define LIGHTGUN_LED2 0x40

/* ---- the table of pods ---- */

/* NOLINTBEGIN(bugprone-macro-parentheses): a type has none */
/** GENERICTABLE() - the table of one class: gt_HowMany places, of which that of a pod is the one
 * that its ef_GenericPosition says; 0 is not used */
#define GENERICTABLE(name, eventstruct)                                                            \
    typedef struct name {                                                                          \
        uint32 gt_HowMany;             /* 0: the pointers are NULL */                              \
        uint32 *gt_ValidityTimeStamps; /* the field of the last change; 0: no such pod */          \
        eventstruct *gt_EventSpecificData;                                                         \
    } name
/* NOLINTEND(bugprone-macro-parentheses) */

GENERICTABLE(ControlPadTable, ControlPadEventData);
GENERICTABLE(MouseTable, MouseEventData);
GENERICTABLE(GunTable, GunEventData);
GENERICTABLE(GlassesCtlrTable, void);
GENERICTABLE(AudioCtlrTable, void);
GENERICTABLE(KeyboardTable, void);
GENERICTABLE(LightGunTable, LightGunEventData);
GENERICTABLE(StickTable, StickEventData);
GENERICTABLE(IRControllerTable, void);
GENERICTABLE(UnknownGenericTable, void);

/** PodStateTable - what all pods say, kept up to date; to be read with pst_SemaphoreItem locked,
 * and not for long */
typedef struct PodStateTable {
    Item pst_SemaphoreItem;
    ControlPadTable pst_ControlPadTable;
    MouseTable pst_MouseTable;
    GunTable pst_GunTable;
    GlassesCtlrTable pst_GlassesCtlrTable;
    AudioCtlrTable pst_AudioCtlrTable;
    KeyboardTable pst_KeyboardTable;
    LightGunTable pst_LightGunTable;
    StickTable pst_StickTable;
    IRControllerTable pst_IRControllerTable;
    UnknownGenericTable pst_UnknownGeneric10;
    UnknownGenericTable pst_UnknownGeneric11;
    UnknownGenericTable pst_UnknownGeneric12;
    UnknownGenericTable pst_UnknownGeneric13;
    UnknownGenericTable pst_UnknownGeneric14;
    UnknownGenericTable pst_UnknownGeneric15;
} PodStateTable;

/** PodStateTableOverlay - the same, class by class; one more than there are names above */
typedef struct PodStateTableOverlay {
    Item psto_SemaphoreItem;
    UnknownGenericTable psto_Array[16];
} PodStateTableOverlay;

/** PODSTATETABLEARRAYSIZES - octets of each class's data; 0: it has none in the table */
#define PODSTATETABLEARRAYSIZES                                                                    \
    sizeof(ControlPadEventData), sizeof(MouseEventData), sizeof(GunEventData), 0, 0, 0,            \
        sizeof(LightGunEventData), sizeof(StickEventData), 0, 0, 0, 0, 0, 0, 0, 0

/** MakeTableResponse - EB_MakeTableReply: a table in the asking process's own memory, until the
 * last port that asked for it is deleted. Result: 0; ER_NoMem */
typedef struct MakeTableResponse {
    EventBrokerHeader mtr_Header;
    PodStateTable *mtr_PodStateTable;
} MakeTableResponse;

/* ---- a listener that polls; one in a process, and one thread's ---- */

/**
 * InitEventUtility() - listens to pads and mice
 * @numControlPads, @numMice: at most so many; 0 and less are 1, more than 255 are 255
 * @focusListener: 1: as an LC_FocusListener; else as an LC_Observer
 *
 * Return: 0, before the broker has answered: its refusal is what the first Get returns; or why it
 * could not be asked.
 */
Err InitEventUtility(int32 numControlPads, int32 numMice, int32 focusListener);
/**
 * GetControlPad() - what a pad says
 * @padNumber: from 1
 * @wait:      other than 0: until it changes
 * @data:      its state, whether it changed or not; zeros of a pad that is not there
 *
 * Return: 1: it has changed; 0: it has not; -1: no such number, or InitEventUtility() was not
 * called; another error.
 */
Err GetControlPad(int32 padNumber, int32 wait, ControlPadEventData *data);
/** GetMouse() - likewise what a mouse says */
Err GetMouse(int32 mouseNumber, int32 wait, MouseEventData *data);
/** KillEventUtility() - listens no more. Return: 0 */
Err KillEventUtility(void);

/* ---- the broker's errors ---- */

#define ER_EVBR MakeErrId('E', 'B')
#define MAKEEB(svr, cls, er) MakeErr(ER_TASK, ER_EVBR, svr, ER_E_SSTM, cls, er)

#define ER_TEV_NoSuch 1

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
