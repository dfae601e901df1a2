/*
 * Where everything is on a 64-bit Linux, and what each name says: what the broker's messages have
 * travels as these octets. Compiled, not run.
 */
#include "device.h"
#include "event.h"
#include "kernel.h"
#include "msgutils.h"

#define IS(constant, value) _Static_assert((constant) == (value), #constant)
#define IS_AT(type, member, offset, size)                                                          \
    _Static_assert(offsetof(type, member) == (offset) && sizeof(((type *)0)->member) == (size),    \
                   #type "." #member)
/* an error is a negative number: the same bits as these */
#define IS_ERROR(constant, bits) _Static_assert((uint32)(constant) == (bits), #constant)
/* NOLINTBEGIN(bugprone-macro-parentheses): a type has none */
#define HAS_TYPE(type, member, expected)                                                           \
    _Static_assert(_Generic(((type *)0)->member, expected : 1, default : 0), #type "." #member)
/* NOLINTEND(bugprone-macro-parentheses): a type has none */

_Static_assert(sizeof(int32) == 4 && (int32)-1 < 0 && sizeof(uint32) == 4, "int32, uint32");
_Static_assert(sizeof(int16) == 2 && sizeof(uint16) == 2, "int16, uint16");
_Static_assert(sizeof(int8) == 1 && (int8)-1 < 0, "int8");
_Static_assert((uint8)-1 > 0 && (uchar)-1 > 0 && (ubyte)-1 > 0 && (Boolean)-1 > 0, "unsigned");
_Static_assert(sizeof(Item) == 4 && sizeof(Err) == 4 && (Item)-1 < 0 && (Err)-1 < 0, "Item, Err");
_Static_assert(TRUE == 1 && FALSE == 0 && sizeof(bool) == 1, "bool");

IS(sizeof(EventBrokerHeader), 4);
IS_AT(EventBrokerHeader, ebh_Flavor, 0, 4);

IS(sizeof(ConfigurationRequest), 108);
IS_AT(ConfigurationRequest, cr_Header, 0, 4);
IS_AT(ConfigurationRequest, cr_Category, 4, 4);
IS_AT(ConfigurationRequest, cr_TriggerMask, 8, 32);
IS_AT(ConfigurationRequest, cr_CaptureMask, 40, 32);
IS_AT(ConfigurationRequest, cr_QueueMax, 72, 4);
IS_AT(ConfigurationRequest, rfu, 76, 32);

IS(sizeof(EventFrame), 32);
IS_AT(EventFrame, ef_ByteCount, 0, 4);
IS_AT(EventFrame, ef_SystemID, 4, 4);
IS_AT(EventFrame, ef_SystemTimeStamp, 8, 4);
IS_AT(EventFrame, ef_Submitter, 12, 4);
IS_AT(EventFrame, ef_EventNumber, 16, 1);
IS_AT(EventFrame, ef_PodNumber, 17, 1);
IS_AT(EventFrame, ef_PodPosition, 18, 1);
IS_AT(EventFrame, ef_GenericPosition, 19, 1);
IS_AT(EventFrame, ef_Trigger, 20, 1);
IS_AT(EventFrame, rfu1, 21, 3);
IS_AT(EventFrame, rfu2, 24, 4);
IS_AT(EventFrame, ef_EventData, 28, 4);

IS(sizeof(EventFrameHeader), 28);
IS_AT(EventFrameHeader, ef_ByteCount, 0, 4);
IS_AT(EventFrameHeader, ef_SystemID, 4, 4);
IS_AT(EventFrameHeader, ef_SystemTimeStamp, 8, 4);
IS_AT(EventFrameHeader, ef_Submitter, 12, 4);
IS_AT(EventFrameHeader, ef_EventNumber, 16, 1);
IS_AT(EventFrameHeader, ef_PodNumber, 17, 1);
IS_AT(EventFrameHeader, ef_PodPosition, 18, 1);
IS_AT(EventFrameHeader, ef_GenericPosition, 19, 1);
IS_AT(EventFrameHeader, ef_Trigger, 20, 1);
IS_AT(EventFrameHeader, rfu1, 21, 3);
IS_AT(EventFrameHeader, rfu2, 24, 4);

IS(sizeof(SendEvent), 36);
IS_AT(SendEvent, se_Header, 0, 4);
IS_AT(SendEvent, se_FirstFrame, 4, 32);

IS(sizeof(RegisterEvent), 264);
IS_AT(RegisterEvent, re_Header, 0, 4);
IS_AT(RegisterEvent, re_IsUserInterfaceEvent, 4, 4);
IS_AT(RegisterEvent, re_EventName, 8, 256);

IS(sizeof(ControlPadEventData), 4);
IS_AT(ControlPadEventData, cped_ButtonBits, 0, 4);

IS(sizeof(MouseEventData), 12);
IS_AT(MouseEventData, med_ButtonBits, 0, 4);
IS_AT(MouseEventData, med_HorizPosition, 4, 4);
IS_AT(MouseEventData, med_VertPosition, 8, 4);

IS(sizeof(GunEventData), 12);
IS_AT(GunEventData, ged_ButtonBits, 0, 4);
IS_AT(GunEventData, ged_HorizPosition, 4, 4);
IS_AT(GunEventData, ged_VertPosition, 8, 4);

IS(sizeof(LightGunEventData), 12);
IS_AT(LightGunEventData, lged_ButtonBits, 0, 4);
IS_AT(LightGunEventData, lged_Counter, 4, 4);
IS_AT(LightGunEventData, lged_LinePulseCount, 8, 4);

IS(sizeof(CharacterEventData), 8);
IS_AT(CharacterEventData, ced_CharacterTyped, 0, 4);
IS_AT(CharacterEventData, ced_ModifierKeys, 4, 4);

IS(sizeof(KeyboardEventData), 32);
IS_AT(KeyboardEventData, ked_KeyMatrix, 0, 32);

IS(sizeof(StickEventData), 16);
IS_AT(StickEventData, stk_ButtonBits, 0, 4);
IS_AT(StickEventData, stk_HorizPosition, 4, 4);
IS_AT(StickEventData, stk_VertPosition, 8, 4);
IS_AT(StickEventData, stk_DepthPosition, 12, 4);

IS(sizeof(IRControllerEventData), 44);
IS_AT(IRControllerEventData, ir_KeyMatrix, 0, 32);
IS_AT(IRControllerEventData, ir_KeyCode, 32, 4);
IS_AT(IRControllerEventData, ir_GenericCode, 36, 4);
IS_AT(IRControllerEventData, ir_Model, 40, 4);

IS(sizeof(DeviceStateEventData), 8);
IS_AT(DeviceStateEventData, dsed_DeviceItem, 0, 4);
IS_AT(DeviceStateEventData, dsed_DeviceUnit, 4, 4);

IS(sizeof(FilesystemEventData), 36);
IS_AT(FilesystemEventData, fsed_FilesystemItem, 0, 4);
IS_AT(FilesystemEventData, fsed_Name, 4, 32);

IS(sizeof(ListenerList), 16);
IS_AT(ListenerList, ll_Header, 0, 4);
IS_AT(ListenerList, ll_Count, 4, 4);
IS_AT(ListenerList, ll_Listener, 8, 8);
IS_AT(ListenerList, ll_Listener[0].li_PortItem, 8, 4);
IS_AT(ListenerList, ll_Listener[0].li_Category, 12, 4);

IS(sizeof(SetFocus), 8);
IS_AT(SetFocus, sf_Header, 0, 4);
IS_AT(SetFocus, sf_DesiredFocusListener, 4, 4);

IS(sizeof(PodData), 20);
IS_AT(PodData, pd_Header, 0, 4);
IS_AT(PodData, pd_PodNumber, 4, 4);
IS_AT(PodData, pd_WaitFlag, 8, 4);
IS_AT(PodData, pd_DataByteCount, 12, 4);
IS_AT(PodData, pd_Data, 16, 4);

IS(sizeof(PodDataHeader), 16);
IS_AT(PodDataHeader, pd_Header, 0, 4);
IS_AT(PodDataHeader, pd_PodNumber, 4, 4);
IS_AT(PodDataHeader, pd_WaitFlag, 8, 4);
IS_AT(PodDataHeader, pd_DataByteCount, 12, 4);

IS(sizeof(PodDescription), 40);
IS_AT(PodDescription, pod_Number, 0, 1);
IS_AT(PodDescription, pod_Position, 1, 1);
IS_AT(PodDescription, rfu, 2, 2);
IS_AT(PodDescription, pod_Type, 4, 4);
IS_AT(PodDescription, pod_BitsIn, 8, 4);
IS_AT(PodDescription, pod_BitsOut, 12, 4);
IS_AT(PodDescription, pod_Flags, 16, 4);
IS_AT(PodDescription, pod_GenericNumber, 20, 16);
IS_AT(PodDescription, pod_LockHolder, 36, 4);

IS(sizeof(PodDescriptionList), 48);
IS_AT(PodDescriptionList, pdl_Header, 0, 4);
IS_AT(PodDescriptionList, pdl_PodCount, 4, 4);
IS_AT(PodDescriptionList, pdl_Pod, 8, 40);

IS(sizeof(PodDescriptions), 48);
IS_AT(PodDescriptions, pd_Header, 0, 4);
IS_AT(PodDescriptions, pd_Pods, 4, 4);
IS_AT(PodDescriptions, pd_Pod, 8, 40);

IS(sizeof(MakeTableResponse), 16);
IS_AT(MakeTableResponse, mtr_Header, 0, 4);
IS_AT(MakeTableResponse, mtr_PodStateTable, 8, 8);

IS(sizeof(ControlPadTable), 24);
IS_AT(ControlPadTable, gt_HowMany, 0, 4);
IS_AT(ControlPadTable, gt_ValidityTimeStamps, 8, 8);
IS_AT(ControlPadTable, gt_EventSpecificData, 16, 8);

IS(sizeof(PodStateTable), 368);
IS_AT(PodStateTable, pst_SemaphoreItem, 0, 4);
IS_AT(PodStateTable, pst_ControlPadTable, 8, 24);
IS_AT(PodStateTable, pst_MouseTable, 32, 24);
IS_AT(PodStateTable, pst_GunTable, 56, 24);
IS_AT(PodStateTable, pst_GlassesCtlrTable, 80, 24);
IS_AT(PodStateTable, pst_AudioCtlrTable, 104, 24);
IS_AT(PodStateTable, pst_KeyboardTable, 128, 24);
IS_AT(PodStateTable, pst_LightGunTable, 152, 24);
IS_AT(PodStateTable, pst_StickTable, 176, 24);
IS_AT(PodStateTable, pst_IRControllerTable, 200, 24);
IS_AT(PodStateTable, pst_UnknownGeneric10, 224, 24);
IS_AT(PodStateTable, pst_UnknownGeneric11, 248, 24);
IS_AT(PodStateTable, pst_UnknownGeneric12, 272, 24);
IS_AT(PodStateTable, pst_UnknownGeneric13, 296, 24);
IS_AT(PodStateTable, pst_UnknownGeneric14, 320, 24);
IS_AT(PodStateTable, pst_UnknownGeneric15, 344, 24);

IS(sizeof(PodStateTableOverlay), 392);
IS_AT(PodStateTableOverlay, psto_SemaphoreItem, 0, 4);
IS_AT(PodStateTableOverlay, psto_Array, 8, 384);

IS(sizeof(TagArg), 16);
IS_AT(TagArg, ta_Tag, 0, 4);
IS_AT(TagArg, ta_Arg, 8, 8);

IS(sizeof(Node), 32);
IS_AT(Node, n_Next, 0, 8);
IS_AT(Node, n_Prev, 8, 8);
IS_AT(Node, n_SubsysType, 16, 1);
IS_AT(Node, n_Type, 17, 1);
IS_AT(Node, n_Priority, 18, 1);
IS_AT(Node, n_Flags, 19, 1);
IS_AT(Node, n_Size, 20, 4);
IS_AT(Node, n_Name, 24, 8);

IS(sizeof(NamelessNode), 24);
IS_AT(NamelessNode, n_Next, 0, 8);
IS_AT(NamelessNode, n_Prev, 8, 8);
IS_AT(NamelessNode, n_SubsysType, 16, 1);
IS_AT(NamelessNode, n_Type, 17, 1);
IS_AT(NamelessNode, n_Priority, 18, 1);
IS_AT(NamelessNode, n_Flags, 19, 1);
IS_AT(NamelessNode, n_Size, 20, 4);

IS(sizeof(ItemNode), 56);
IS_AT(ItemNode, n_Next, 0, 8);
IS_AT(ItemNode, n_Prev, 8, 8);
IS_AT(ItemNode, n_SubsysType, 16, 1);
IS_AT(ItemNode, n_Type, 17, 1);
IS_AT(ItemNode, n_Priority, 18, 1);
IS_AT(ItemNode, n_Flags, 19, 1);
IS_AT(ItemNode, n_Size, 20, 4);
IS_AT(ItemNode, n_Name, 24, 8);
IS_AT(ItemNode, n_Version, 32, 1);
IS_AT(ItemNode, n_Revision, 33, 1);
IS_AT(ItemNode, n_FolioFlags, 34, 1);
IS_AT(ItemNode, n_ItemFlags, 35, 1);
IS_AT(ItemNode, n_Item, 36, 4);
IS_AT(ItemNode, n_Owner, 40, 4);
IS_AT(ItemNode, n_ReservedP, 48, 8);

IS(sizeof(MinNode), 16);
IS_AT(MinNode, n_Next, 0, 8);
IS_AT(MinNode, n_Prev, 8, 8);

IS(sizeof(Link), 16);
IS_AT(Link, flink, 0, 8);
IS_AT(Link, blink, 8, 8);

IS(sizeof(ListAnchor), 24);
IS_AT(ListAnchor, head.links, 0, 16);
IS_AT(ListAnchor, tail.links, 8, 16);
IS_AT(ListAnchor, tail.links.blink, 16, 8);

IS(sizeof(List), 56);
IS_AT(List, l, 0, 32);
IS_AT(List, ListAnchor, 32, 24);

IS(sizeof(MsgPort), 136);
IS_AT(MsgPort, mp, 0, 56);
IS_AT(MsgPort, mp_Signal, 56, 4);
IS_AT(MsgPort, mp_Msgs, 64, 56);
IS_AT(MsgPort, mp_UserData, 120, 8);
IS_AT(MsgPort, mp_Reserved, 128, 4);

IS(sizeof(Message), 96);
IS_AT(Message, msg, 0, 56);
IS_AT(Message, msg_ReplyPort, 56, 4);
IS_AT(Message, msg_Result, 60, 4);
IS_AT(Message, msg_DataPtr, 64, 8);
IS_AT(Message, msg_DataSize, 72, 4);
IS_AT(Message, msg_MsgPort, 76, 4);
IS_AT(Message, msg_DataPtrSize, 80, 4);
IS_AT(Message, msg_SigItem, 84, 4);
IS_AT(Message, msg_Waiters, 88, 4);

IS(sizeof(Semaphore), 128);
IS_AT(Semaphore, s, 0, 56);
IS_AT(Semaphore, sem_bit, 56, 4);
IS_AT(Semaphore, sem_Owner, 60, 4);
IS_AT(Semaphore, sem_NestCnt, 64, 4);
IS_AT(Semaphore, sem_TaskWaitingList, 72, 56);

IS(sizeof(Task), 80);
IS_AT(Task, t, 0, 56);
IS_AT(Task, t_ThreadTask, 56, 8);
IS_AT(Task, t_WaitBits, 64, 4);
IS_AT(Task, t_SigBits, 68, 4);
IS_AT(Task, t_AllocatedSigs, 72, 4);
IS_AT(Task, t_StackSize, 76, 4);

IS(sizeof(Device), 56);
IS_AT(Device, dev, 0, 56);

IS(sizeof(MSEventData), 64);
IS_AT(MSEventData, name, 0, 8);
IS_AT(MSEventData, handler, 8, 8);
IS_AT(MSEventData, userData, 16, 8);
IS_AT(MSEventData, signal, 24, 4);
IS_AT(MSEventData, port, 28, 4);
IS_AT(MSEventData, msgItem, 32, 4);
IS_AT(MSEventData, msgPtr, 40, 8);
IS_AT(MSEventData, msgValues, 48, 8);
IS_AT(MSEventData, backLink, 56, 4);

HAS_TYPE(EventFrame, ef_Submitter, int32);
HAS_TYPE(EventFrame, ef_EventNumber, uint8);
HAS_TYPE(ConfigurationRequest, cr_QueueMax, int32);
HAS_TYPE(Message, msg_Result, uint32);
HAS_TYPE(Message, msg_DataPtr, void *);
HAS_TYPE(Message, msg_DataSize, int32);
HAS_TYPE(MsgPort, mp_Signal, uint32);
HAS_TYPE(Task, t_SigBits, uint32);
HAS_TYPE(PodStateTable, pst_StickTable.gt_EventSpecificData, StickEventData *);
HAS_TYPE(PodStateTable, pst_KeyboardTable.gt_EventSpecificData, void *);
HAS_TYPE(MakeTableResponse, mtr_PodStateTable, PodStateTable *);
HAS_TYPE(Semaphore, sem_Owner, Item);
HAS_TYPE(ListenerList, ll_Listener[0].li_Category, enum ListenerCategory);

IS(EB_NoOp, 0);
IS(EB_Configure, 1);
IS(EB_ConfigureReply, 2);
IS(EB_EventRecord, 3);
IS(EB_EventReply, 4);
IS(EB_SendEvent, 5);
IS(EB_SendEventReply, 6);
IS(EB_Command, 7);
IS(EB_CommandReply, 8);
IS(EB_RegisterEvent, 9);
IS(EB_RegisterEventReply, 10);
IS(EB_GetListeners, 11);
IS(EB_GetListenersReply, 12);
IS(EB_SetFocus, 13);
IS(EB_SetFocusReply, 14);
IS(EB_GetFocus, 15);
IS(EB_GetFocusReply, 16);
IS(EB_ReadPodData, 17);
IS(EB_ReadPodDataReply, 18);
IS(EB_WritePodData, 19);
IS(EB_WritePodDataReply, 20);
IS(EB_LockPod, 21);
IS(EB_LockPodReply, 22);
IS(EB_UnlockPod, 23);
IS(EB_UnlockPodReply, 24);
IS(EB_IssuePodCmd, 25);
IS(EB_IssuePodCmdReply, 26);
IS(EB_DescribePods, 27);
IS(EB_DescribePodsReply, 28);
IS(EB_MakeTable, 29);
IS(EB_MakeTableReply, 30);

IS(LC_NoSeeUm, 0);
IS(LC_FocusListener, 1);
IS(LC_Observer, 2);
IS(LC_FocusUI, 3);
IS(LC_ISNOTFOCUSED, 0);
IS(LC_ISFOCUSED, 1);
IS(EVENT_QUEUE_MAX_PERMITTED, 20);
IS(EVENT_QUEUE_DEFAULT, 3);
IS(FILESYSTEM_MAX_NAME_LEN, 32);
IS(sizeof(EventPortName), 12);

/* An event's number and its bit, in the first word and in the third. */
#define IS_EVENT(name, n)                                                                          \
    IS(EVENTNUM_##name, n);                                                                        \
    IS(EVENTBIT0_##name, 0x80000000u >> ((n)-1))
#define IS_OTHER_EVENT(name, n)                                                                    \
    IS(EVENTNUM_##name, n);                                                                        \
    IS(EVENTBIT2_##name, 0x80000000u >> ((n)-64))

IS_EVENT(ControlButtonPressed, 1);
IS_EVENT(ControlButtonReleased, 2);
IS_EVENT(ControlButtonUpdate, 3);
IS_EVENT(ControlButtonArrived, 4);
IS_EVENT(MouseButtonPressed, 5);
IS_EVENT(MouseButtonReleased, 6);
IS_EVENT(MouseUpdate, 7);
IS_EVENT(MouseMoved, 8);
IS_EVENT(MouseDataArrived, 9);
IS_EVENT(GunButtonPressed, 10);
IS_EVENT(GunButtonReleased, 11);
IS_EVENT(GunUpdate, 12);
IS_EVENT(GunDataArrived, 13);
IS_EVENT(KeyboardKeyPressed, 14);
IS_EVENT(KeyboardKeyReleased, 15);
IS_EVENT(KeyboardUpdate, 16);
IS_EVENT(KeyboardDataArrived, 17);
IS_EVENT(CharacterEntered, 18);
IS_EVENT(GivingFocus, 19);
IS_EVENT(LosingFocus, 20);
IS_EVENT(LightGunButtonPressed, 21);
IS_EVENT(LightGunButtonReleased, 22);
IS_EVENT(LightGunUpdate, 23);
IS_EVENT(LightGunFireTracking, 24);
IS_EVENT(LightGunDataArrived, 25);
IS_EVENT(StickButtonPressed, 26);
IS_EVENT(StickButtonReleased, 27);
IS_EVENT(StickUpdate, 28);
IS_EVENT(StickMoved, 29);
IS_EVENT(StickDataArrived, 30);
IS_EVENT(IRKeyPressed, 31);
IS_EVENT(IRKeyReleased, 32);
IS_OTHER_EVENT(DeviceOnline, 64);
IS_OTHER_EVENT(DeviceOffline, 65);
IS_OTHER_EVENT(FilesystemMounted, 66);
IS_OTHER_EVENT(FilesystemOffline, 67);
IS_OTHER_EVENT(FilesystemDismounted, 68);
IS_OTHER_EVENT(ControlPortChange, 69);
IS_OTHER_EVENT(PleaseSaveAndExit, 70);
IS_OTHER_EVENT(PleaseExitImmediately, 71);
IS_OTHER_EVENT(EventQueueOverflow, 72);

IS(ControlDown, 0x80000000);
IS(ControlUp, 0x40000000);
IS(ControlRight, 0x20000000);
IS(ControlLeft, 0x10000000);
IS(ControlA, 0x08000000);
IS(ControlB, 0x04000000);
IS(ControlC, 0x02000000);
IS(ControlStart, 0x01000000);
IS(ControlX, 0x00800000);
IS(ControlRightShift, 0x00400000);
IS(ControlLeftShift, 0x00200000);

IS(MouseLeft, 0x80000000);
IS(MouseMiddle, 0x40000000);
IS(MouseRight, 0x20000000);
IS(MouseShift, 0x10000000);
IS(LightGunTrigger, 0x80000000);

IS(StickFire, 0x80000000);
IS(StickA, 0x40000000);
IS(StickB, 0x20000000);
IS(StickC, 0x10000000);
IS(StickUp, 0x08000000);
IS(StickDown, 0x04000000);
IS(StickRight, 0x02000000);
IS(StickLeft, 0x01000000);
IS(StickPlay, 0x00800000);
IS(StickStop, 0x00400000);
IS(StickLeftShift, 0x00200000);
IS(StickRightShift, 0x00100000);
IS(StickButtons, 0xFFF00000);
IS(StickCapability, 0x000C0000);
IS(Stick4Way, 0x00080000);
IS(StickTurbulence, 0x00040000);

IS(IRModelGeneric3DO, 0x33444F20);
IS(IRModelForage, 0x34414745);

IS(GENERIC_ControlPad, 0);
IS(GENERIC_Mouse, 1);
IS(GENERIC_Gun, 2);
IS(GENERIC_GlassesCtlr, 3);
IS(GENERIC_AudioCtlr, 4);
IS(GENERIC_Keyboard, 5);
IS(GENERIC_LightGun, 6);
IS(GENERIC_Stick, 7);
IS(GENERIC_IRController, 8);
IS(POD_IsControlPad, 0x80000000u >> 0);
IS(POD_IsMouse, 0x80000000u >> 1);
IS(POD_IsGun, 0x80000000u >> 2);
IS(POD_IsGlassesCtlr, 0x80000000u >> 3);
IS(POD_IsAudioCtlr, 0x80000000u >> 4);
IS(POD_IsKeyboard, 0x80000000u >> 5);
IS(POD_IsLightGun, 0x80000000u >> 6);
IS(POD_IsStick, 0x80000000u >> 7);
IS(POD_IsIRController, 0x80000000u >> 8);
IS(POD_OutputActive, 1);
IS(POD_ShortFramesOK, 2);
IS(POD_MultipleFramesOK, 4);
IS(POD_FilteringOK, 8);

IS(PODID_3DO_3D_GLASSES, 0x41);
IS(PODID_3DO_MOUSE, 0x49);
IS(PODID_3DO_LIGHTGUN, 0x4D);
IS(PODID_3DO_SPLITTER, 0x56);
IS(PODID_3DO_SPLITTER_2, 0x57);
IS(PODID_3DO_BASIC_CONTROL_PAD, 0x80);
IS(PODID_3DO_EXTD_CONTROL_PAD, 0xA0);
IS(PODID_3DO_SILLY_CONTROL_PAD, 0xC0);
IS(PODID_3DO_ANALOG_JOYSTICK, 0x01);
IS(PODID_3DO_KEYBOARD, 0x02);
IS(PODID_3DO_IR_RECEIVER, 0x03);
IS(PODID_3DO_PROTO_THINGIE, 0x04);
IS(PODID_3DO_TOUCHSCREEN, 0x05);
IS(PODID_SPLITTER_END_CHAIN_1, 0xFE);
IS(PODID_END_CHAIN, 0xFF);
IS(PODID_SHORTCIRCUIT_DONT_USE, 0x00);
IS(POD_CONTROL_PAD_MASK, 0xE0);
IS(POD_ROMFUL_MASK_BIT, 0x80);
IS(POD_JJJ_MASK, 0x70);
IS(POD_KKK_MASK, 0x0F);

IS(GENERIC_AUDIO_SetChannels, 0);
IS(AUDIO_Channels_Mute, 0);
IS(AUDIO_Channels_RightToBoth, 1);
IS(AUDIO_Channels_LeftToBoth, 2);
IS(AUDIO_Channels_Stereo, 3);
IS(GENERIC_GLASSES_SetView, 0);
IS(GLASSES_AlwaysOn, 0);
IS(GLASSES_OnOddField, 1);
IS(GLASSES_OnEvenField, 2);
IS(GLASSES_Opaque, 3);
IS(GENERIC_KEYBOARD_SetLEDs, 0);
IS(KEYBOARD_LED_SCROLLLOCK, 1);
IS(KEYBOARD_LED_NUMLOCK, 2);
IS(KEYBOARD_LED_CAPSLOCK, 4);
IS(GENERIC_LIGHTGUN_SetLEDs, 0);
IS(LIGHTGUN_LED1, 0x80);
IS(LIGHTGUN_LED2, 0x40);

IS(TAG_END, 0);
IS(TAG_JUMP, 254);
IS(TAG_NOP, 255);
IS(TAG_ITEM_END, 0);
IS(TAG_ITEM_NAME, 1);
IS(TAG_ITEM_PRI, 2);
IS(TAG_ITEM_VERSION, 3);
IS(TAG_ITEM_REVISION, 4);
IS(TAG_ITEM_CONSTANT_NAME, 5);
IS(TAG_ITEM_UNIQUE_NAME, 6);
IS(TAG_ITEM_LAST, 9);
IS(CREATEPORT_TAG_SIGNAL, 10);
IS(CREATEPORT_TAG_USERDATA, 11);
IS(CREATEMSG_TAG_REPLYPORT, 10);
IS(CREATEMSG_TAG_MSG_IS_SMALL, 11);
IS(CREATEMSG_TAG_DATA_SIZE, 12);

IS(KERNELNODE, 1);
IS(TASKNODE, 5);
IS(SEMA4NODE, 7);
IS(SEMAPHORENODE, 7);
IS(MESSAGENODE, 9);
IS(MSGPORTNODE, 10);
IS(DRIVERNODE, 13);
IS(IOREQNODE, 14);
IS(DEVICENODE, 15);
IS(ERRORTEXTNODE, 17);
IS(MKNODEID(KERNELNODE, MSGPORTNODE), 0x10a);
IS(SUBSYSPART(0x10a), 1);
IS(NODEPART(0x10a), 10);
IS(Offset(Task *, t_SigBits), 68);

IS(MESSAGE_SENT, 1);
IS(MESSAGE_REPLIED, 2);
IS(MESSAGE_SMALL, 4);
IS(MESSAGE_PASS_BY_VALUE, 8);
IS(MSGPORT_SIGNAL_ALLOCATED, 1);
IS(SIGF_MEMGONE, 1);
IS(SIGF_MEMLOW, 2);
IS(SIGF_ABORT, 4);
IS(SIGF_IODONE, 8);
IS(SIGF_DEADTASK, 0x10);
IS(SIGF_ONESHOT, 0x20);
IS(SEM_WAIT, 1);

IS(ER_INFO, 0);
IS(ER_WARN, 1);
IS(ER_SEVERE, 2);
IS(ER_SEVER, 2);
IS(ER_KYAGB, 3);
IS(ER_E_SSTM, 0);
IS(ER_E_APPL, 1);
IS(ER_E_USER, 2);
IS(ER_C_STND, 0);
IS(ER_C_NSTND, 1);
IS(ER_TEV_NoSuch, 1);
IS(Make6Bit('0'), 1);
IS(Make6Bit('9'), 10);
IS(Make6Bit('a'), 11);
IS(Make6Bit('z'), 36);
IS(Make6Bit('A'), 37);
IS(Make6Bit('Z'), 62);

IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_BadItem), 0xF14CD001);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_BadTagArg), 0xF14CD002);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_BadTagArgVal), 0xF14CD003);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_NotPrivileged), 0xF14CD004);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_NotFound), 0xF14CD005);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_NoMem), 0xF14CD006);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_BadSubType), 0xF14CD007);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_SoftErr), 0xF14CD008);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_BadPtr), 0xF14CD009);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_Aborted), 0xF14CD00A);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_BadUnit), 0xF14CD00B);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_BadCommand), 0xF14CD00C);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_BadName), 0xF14CD00E);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_NotSupported), 0xF14CD010);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_NotOwner), 0xF14CD012);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_DeviceOffline), 0xF14CD013);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_DeviceError), 0xF14CD014);
IS_ERROR(MAKEEB(ER_SEVERE, ER_C_STND, ER_ParamError), 0xF14CD017);

IS_ERROR(MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadType), 0xD57B9101);
IS_ERROR(MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_NoSigs), 0xD57B9108);
IS_ERROR(MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_MsgSent), 0xD57B9109);
IS_ERROR(MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_NoReplyPort), 0xD57B910A);
IS_ERROR(MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadSize), 0xD57B910B);
IS_ERROR(MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_ReplyPortNeeded), 0xD57B9115);
IS_ERROR(MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_IllegalSignal), 0xD57B9116);
IS_ERROR(MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadLockArg), 0xD57B9117);
IS_ERROR(MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_UniqueItemExists), 0xD57B911B);

IS_ERROR(BADITEM, 0xD57B9001);
IS_ERROR(BADTAG, 0xD57B9002);
IS_ERROR(BADTAGVAL, 0xD57B9003);
IS_ERROR(BADPRIV, 0xD57B9004);
IS_ERROR(NOMEM, 0xD57B9006);
IS_ERROR(BADSUBTYPE, 0xD57B9007);
IS_ERROR(BADPTR, 0xD57B9009);
IS_ERROR(ABORTED, 0xD57B900A);
IS_ERROR(BADNAME, 0xD57B900E);
IS_ERROR(NOSUPPORT, 0xD57B9010);
IS_ERROR(NOTOWNER, 0xD57B9012);
IS_ERROR(BADSIZE, 0xD57B910B);
IS_ERROR(ILLEGALSIGNAL, 0xD57B9116);
