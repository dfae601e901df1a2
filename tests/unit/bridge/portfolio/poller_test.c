/*
 * The calls that poll, and a broker that another thread plays: it says no more than it is told to.
 */
#include <cmocka.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/portfolio/event.h"
#include "include/portfolio/operror.h"
#include "tests/unit/bridge/portfolio/correspondent.h"
#include "tests/unit/bridge/portfolio/waiting.h"

#define RECORD_WORDS 64u
#define REFUSED MAKEEB(ER_SEVERE, ER_C_STND, ER_SoftErr)

static struct correspondent broker;

/* What the broker got last, and what it is to send. */
static Item asked; /* the message of the listener */
static int32 asked_size;
static ConfigurationRequest request;
static Message asked_public;
static uint32 record[RECORD_WORDS];
static size_t n_words;

/* ---- what the broker does ---- */

static void open_port(struct correspondent *self)
{
    self->item = CreateMsgPort(EventPortName, 0, 0);
}

static void close_port(struct correspondent *self)
{
    self->err = DeleteMsgPort(self->item);
}

static void take_request(struct correspondent *self)
{
    asked = WaitPort(self->item, 0);
    const Message *message = LookupItem(asked);
    asked_public = *message;
    asked_size = message->msg_DataSize;
    memset(&request, 0xaa, sizeof request);
    if (asked_size == (int32)sizeof request)
        memcpy(&request, message->msg_DataPtr, sizeof request);
}

static void answer(struct correspondent *self)
{
    static const EventBrokerHeader header = {EB_ConfigureReply};
    self->err = ReplyMsg(asked, 0, &header, sizeof header);
}

static void refuse(struct correspondent *self)
{
    self->err = ReplyMsg(asked, REFUSED, NULL, 0);
}

/* A message of its own, with what is in the record. */
static void send_record(struct correspondent *self)
{
    self->message = CreateBufferedMsg(NULL, 0, self->item, sizeof record);
    self->err = SendMsg(asked_public.msg_ReplyPort, self->message, record,
                        (int32)(n_words * sizeof *record));
}

static void send_small(struct correspondent *self)
{
    self->message = CreateSmallMsg(NULL, 0, self->item);
    self->err = SendSmallMsg(asked_public.msg_ReplyPort, self->message, EB_EventRecord, 64);
}

/* It comes back with nothing. */
static void take_back(struct correspondent *self)
{
    const Message *message = LookupItem(self->message);
    self->err = WaitPort(self->item, self->message) == self->message ? 0 : -1;
    if (message->msg_Result != 0 || message->msg_DataSize != 0)
        self->err = (Err)message->msg_Result;
    (void)DeleteMsg(self->message);
}

/* ---- what it says ---- */

static void begin_record(void)
{
    record[0] = EB_EventRecord;
    n_words = 1;
}

static void add_frame(uint8 number, uint8 generic, const void *data, size_t size)
{
    EventFrameHeader frame = {.ef_ByteCount = (uint32)(sizeof frame + size),
                              .ef_EventNumber = number,
                              .ef_PodNumber = 9,
                              .ef_PodPosition = 8,
                              .ef_GenericPosition = generic,
                              .ef_Trigger = 1};
    memcpy(&record[n_words], &frame, sizeof frame);
    n_words += sizeof frame / sizeof *record;
    if (size > 0)
        memcpy(&record[n_words], data, size);
    n_words += size / sizeof *record;
}

static void add_pad(uint8 generic, uint32 buttons)
{
    add_frame(EVENTNUM_ControlButtonUpdate, generic, &buttons, sizeof buttons);
}

static void add_mouse(uint8 number, uint8 generic, uint32 buttons, int32 x, int32 y)
{
    const MouseEventData mouse = {buttons, x, y};
    add_frame(number, generic, &mouse, sizeof mouse);
}

static void end_record(void)
{
    record[n_words++] = 0;
}

static void say(void)
{
    end_record();
    correspondent_do(&broker, send_record);
    assert_int_equal(broker.err, 0);
}

static void say_pad(uint8 generic, uint32 buttons)
{
    begin_record();
    add_pad(generic, buttons);
    say();
}

/* What was said last is replied to. */
static void assert_replied(void)
{
    correspondent_do(&broker, take_back);
    assert_int_equal(broker.err, 0);
}

/* ---- the stage ---- */

static int set_up(void **state)
{
    (void)state;
    correspondent_begin(&broker);
    correspondent_do(&broker, open_port);
    return broker.item < 0;
}

static int tear_down(void **state)
{
    (void)state;
    const Err err = KillEventUtility();
    correspondent_end(&broker);
    return err;
}

/* They are listened to. */
static void listen_to(int32 n_pads, int32 n_mice)
{
    assert_int_equal(InitEventUtility(n_pads, n_mice, LC_Observer), 0);
    correspondent_do(&broker, take_request);
    correspondent_do(&broker, answer);
    assert_int_equal(broker.err, 0);
}

static Err get_pad(int32 number, uint32 *buttons)
{
    ControlPadEventData data = {0x5555};
    const Err result = GetControlPad(number, 0, &data);
    *buttons = data.cped_ButtonBits;
    return result;
}

static void assert_pad(int32 number, Err result, uint32 buttons)
{
    uint32 got;
    assert_int_equal(get_pad(number, &got), result);
    assert_int_equal(got, buttons);
}

static void assert_mouse(int32 number, Err result, uint32 buttons, int32 x, int32 y)
{
    MouseEventData data = {0x5555, 5, 5};
    assert_int_equal(GetMouse(number, 0, &data), result);
    assert_int_equal(data.med_ButtonBits, buttons);
    assert_int_equal(data.med_HorizPosition, x);
    assert_int_equal(data.med_VertPosition, y);
}

/* ---- beginning ---- */

static void without_a_broker_there_is_nothing(void **state)
{
    (void)state;
    uint32 buttons;
    assert_int_equal(InitEventUtility(1, 1, 0), MakeKErr(ER_SEVERE, ER_C_STND, ER_NotFound));
    assert_int_equal(get_pad(1, &buttons), -1);
    assert_int_equal(buttons, 0x5555);
    assert_int_equal(KillEventUtility(), 0);
    assert_int_equal(KillEventUtility(), 0);
}

static void it_asks_for_updates_of_pads_and_mice(void **state)
{
    (void)state;
    assert_int_equal(InitEventUtility(1, 1, LC_Observer), 0);
    correspondent_do(&broker, take_request);
    assert_int_equal(asked_size, 108);
    assert_int_equal(asked_public.msg.n_Flags & (MESSAGE_SMALL | MESSAGE_PASS_BY_VALUE), 0);
    assert_int_equal(request.cr_Header.ebh_Flavor, EB_Configure);
    assert_int_equal(request.cr_TriggerMask[0], 0x23000000);
    for (int i = 0; i < 8; i++) {
        assert_true(i == 0 || request.cr_TriggerMask[i] == 0);
        assert_int_equal(request.cr_CaptureMask[i], 0);
    }
    assert_int_equal(request.cr_QueueMax, 0);
    const MsgPort *port = CheckItem(asked_public.msg_ReplyPort, KERNELNODE, MSGPORTNODE);
    assert_string_equal(port->mp.n_Name, CURRENTTASK->t.n_Name);
    correspondent_do(&broker, answer);
    assert_pad(1, 0, 0);
}

static void only_one_means_with_the_focus(void **state)
{
    (void)state;
    static const struct {
        int32 argument;
        enum ListenerCategory category;
    } cases[] = {{1, LC_FocusListener},      {LC_ISFOCUSED, LC_FocusListener},
                 {TRUE, LC_FocusListener},   {LC_FocusListener, LC_FocusListener},
                 {0, LC_Observer},           {LC_ISNOTFOCUSED, LC_Observer},
                 {LC_Observer, LC_Observer}, {LC_FocusUI, LC_Observer},
                 {-1, LC_Observer},          {257, LC_Observer}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(InitEventUtility(1, 0, cases[i].argument), 0);
        correspondent_do(&broker, take_request);
        assert_int_equal(request.cr_Category, cases[i].category);
        correspondent_do(&broker, answer);
        assert_int_equal(KillEventUtility(), 0);
    }
}

static void there_are_1_to_255_of_each(void **state)
{
    (void)state;
    static const struct {
        int32 argument, n;
    } cases[] = {{-2147483647 - 1, 1}, {-1, 1},    {0, 1},     {1, 1},           {2, 2},
                 {254, 254},           {255, 255}, {256, 255}, {2147483647, 255}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int32 n = cases[i].n;
        uint32 buttons;
        MouseEventData mouse = {0};
        listen_to(cases[i].argument, cases[i].argument);
        assert_pad(1, 0, 0);
        assert_pad(n, 0, 0);
        assert_mouse(n, 0, 0, 0, 0);
        assert_int_equal(get_pad(n + 1, &buttons), -1);
        assert_int_equal(get_pad(0, &buttons), -1);
        assert_int_equal(get_pad(-1, &buttons), -1);
        assert_int_equal(buttons, 0x5555);
        assert_int_equal(GetMouse(n + 1, 1, &mouse), -1);
        assert_int_equal(GetMouse(0, 1, &mouse), -1);
    }
}

static void it_does_not_wait_for_the_broker(void **state)
{
    (void)state;
    assert_int_equal(InitEventUtility(1, 0, 0), 0);
    assert_pad(1, 0, 0);
    correspondent_do(&broker, take_request);
    assert_pad(1, 0, 0);
    correspondent_do(&broker, refuse);
    uint32 buttons;
    assert_int_equal(get_pad(1, &buttons), REFUSED);
    assert_int_equal(buttons, 0x5555);
    ControlPadEventData data;
    assert_int_equal(GetControlPad(1, 1, &data), REFUSED); /* it would wait for ever */
    listen_to(1, 0);
    assert_pad(1, 0, 0);
}

static void a_broker_that_goes_refuses(void **state)
{
    (void)state;
    assert_int_equal(InitEventUtility(1, 0, 0), 0);
    correspondent_do(&broker, close_port);
    ControlPadEventData data;
    assert_int_equal(GetControlPad(1, 1, &data), BADITEM);
}

/* ---- changes ---- */

static void what_is_known_is_written_even_if_nothing_changed(void **state)
{
    (void)state;
    listen_to(2, 1);
    assert_pad(1, 0, 0);
    say_pad(1, ControlA);
    assert_pad(1, 1, ControlA);
    assert_replied();
    assert_pad(1, 0, ControlA);
    assert_pad(2, 0, 0);
    say_pad(1, 0);
    assert_pad(1, 1, 0);
    assert_replied();
    assert_pad(1, 0, 0);
}

static void changes_of_others_are_stored(void **state)
{
    (void)state;
    listen_to(2, 2);
    begin_record();
    add_pad(1, ControlA);
    add_mouse(EVENTNUM_MouseMoved, 2, MouseLeft, -3, 4);
    add_mouse(EVENTNUM_MouseUpdate, 1, 0, 1, 2);
    add_pad(2, ControlB);
    say();
    assert_pad(2, 1, ControlB);
    assert_replied();
    assert_mouse(2, 1, MouseLeft, -3, 4);
    assert_mouse(2, 0, MouseLeft, -3, 4);
    assert_pad(1, 1, ControlA);
    assert_mouse(1, 1, 0, 1, 2);
    assert_pad(2, 0, ControlB);
}

static void the_latest_state_counts(void **state)
{
    (void)state;
    listen_to(1, 1);
    say_pad(1, ControlA);
    const Item first = broker.message;
    begin_record();
    add_mouse(EVENTNUM_MouseMoved, 1, 0, 1, 1);
    say();
    begin_record();
    add_pad(1, ControlA | ControlB);
    add_mouse(EVENTNUM_MouseMoved, 1, 0, 2, 2);
    say();
    /* one after the other, until it has what it looks for */
    assert_mouse(1, 1, 0, 1, 1);
    assert_pad(1, 1, ControlA);
    assert_mouse(1, 1, 0, 2, 2);
    assert_replied();
    assert_pad(1, 1, ControlA | ControlB);
    broker.message = first;
    assert_replied();
}

static void what_it_did_not_ask_for_is_passed_over(void **state)
{
    (void)state;
    listen_to(1, 1);
    const StickEventData stick = {.stk_ButtonBits = StickA};
    const uint32 buttons = ControlC;
    begin_record();
    add_frame(EVENTNUM_EventQueueOverflow, 0, NULL, 0);
    add_frame(EVENTNUM_StickUpdate, 1, &stick, sizeof stick);
    add_frame(EVENTNUM_ControlButtonPressed, 1, &buttons, sizeof buttons);
    add_frame(EVENTNUM_ControlButtonArrived, 1, &buttons, sizeof buttons);
    add_frame(191, 1, &buttons, sizeof buttons);
    say();
    assert_pad(1, 0, 0);
    assert_replied();
    begin_record();
    add_frame(EVENTNUM_EventQueueOverflow, 0, NULL, 0);
    add_pad(2, ControlA); /* one that is not looked at */
    add_pad(0, ControlA);
    add_pad(1, ControlB);
    say();
    assert_pad(1, 1, ControlB);
    assert_replied();
}

/* ---- waiting ---- */

static Item main_task;

static void send_once_it_waits(struct correspondent *self)
{
    until_it_waits(main_task);
    send_record(self);
}

static void it_waits_for_this_one(void **state)
{
    (void)state;
    ControlPadEventData pad = {0};
    MouseEventData mouse = {0};
    main_task = CURRENTTASK->t.n_Item;
    listen_to(2, 1);
    say_pad(2, ControlX);
    begin_record();
    add_pad(1, ControlStart);
    end_record();
    correspondent_tell(&broker, send_once_it_waits);
    assert_int_equal(GetControlPad(1, 1, &pad), 1);
    assert_int_equal(pad.cped_ButtonBits, ControlStart);
    assert_true(correspondent_done(&broker));
    assert_int_equal(GetControlPad(2, -1, &pad), 1); /* it changed before */
    assert_int_equal(pad.cped_ButtonBits, ControlX);

    begin_record();
    add_mouse(EVENTNUM_MouseUpdate, 1, MouseRight, 0, 0);
    end_record();
    correspondent_tell(&broker, send_once_it_waits);
    assert_int_equal(GetMouse(1, 1, &mouse), 1);
    assert_int_equal(mouse.med_ButtonBits, MouseRight);
    assert_true(correspondent_done(&broker));
}

static void refuse_once_it_waits(struct correspondent *self)
{
    until_it_waits(main_task);
    refuse(self);
}

static void waiting_ends_when_it_is_refused(void **state)
{
    (void)state;
    MouseEventData mouse;
    main_task = CURRENTTASK->t.n_Item;
    assert_int_equal(InitEventUtility(1, 1, 1), 0);
    correspondent_do(&broker, take_request);
    correspondent_tell(&broker, refuse_once_it_waits);
    assert_int_equal(GetMouse(1, 1, &mouse), REFUSED);
    assert_true(correspondent_done(&broker));
}

static void abort_it(struct correspondent *self)
{
    (void)self;
    abort_once_it_waits(main_task);
}

static void waiting_ends_when_it_is_aborted(void **state)
{
    (void)state;
    ControlPadEventData pad;
    main_task = CURRENTTASK->t.n_Item;
    listen_to(1, 0);
    correspondent_tell(&broker, abort_it);
    assert_int_equal(GetControlPad(1, 1, &pad), ABORTED);
    assert_true(correspondent_done(&broker));
    say_pad(1, ControlA);
    assert_pad(1, 1, ControlA); /* it goes on */
}

/* ---- ending ---- */

static void take_what_came_back(struct correspondent *self)
{
    self->err = WaitPort(self->item, self->message) == self->message ? 0 : -1;
    if (self->err == 0)
        self->err = (Err)((const Message *)LookupItem(self->message))->msg_Result;
}

static void nothing_is_left_of_it(void **state)
{
    (void)state;
    const uint32 allocated = CURRENTTASK->t_AllocatedSigs;
    listen_to(1, 1);
    const Item port = asked_public.msg_ReplyPort;
    say_pad(1, ControlA);
    assert_int_equal(KillEventUtility(), 0);
    correspondent_do(&broker, take_what_came_back);
    assert_int_equal(broker.err, BADITEM);
    assert_null(LookupItem(port));
    assert_null(LookupItem(asked));
    assert_int_equal(CURRENTTASK->t_AllocatedSigs, allocated);
    uint32 buttons;
    assert_int_equal(get_pad(1, &buttons), -1);
    listen_to(1, 1);
    assert_pad(1, 0, 0); /* nothing of before */
}

static void beginning_again_ends_what_was(void **state)
{
    (void)state;
    listen_to(3, 3);
    const Item first = asked_public.msg_ReplyPort;
    say_pad(2, ControlA);
    listen_to(1, 1);
    assert_null(LookupItem(first));
    assert_int_not_equal(asked_public.msg_ReplyPort, first);
    uint32 buttons;
    assert_int_equal(get_pad(2, &buttons), -1);
    correspondent_do(&broker, close_port);
    assert_true(InitEventUtility(1, 1, 0) < 0);
    assert_int_equal(get_pad(1, &buttons), -1);
    assert_null(LookupItem(asked_public.msg_ReplyPort));
}

/* Its first Items have the numbers of the parent's. */
static int be_child(void)
{
    const Item port = CreateMsgPort("child's", 0, 0);
    const Item message = CreateMsg(NULL, 0, port);
    ControlPadEventData pad;
    const bool is_ended =
        GetControlPad(1, 0, &pad) == -1 && KillEventUtility() == 0 && InitEventUtility(1, 1, 0) < 0;
    return is_ended && LookupItem(port) != NULL && LookupItem(message) != NULL ? 0 : 1;
}

static void a_child_of_fork_has_none(void **state)
{
    (void)state;
    int status = -1;
    listen_to(1, 1);
    const pid_t child = fork();
    if (child == 0)
        _exit(be_child());
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    say_pad(1, ControlA);
    assert_pad(1, 1, ControlA);
}

/* ---- what anybody may send ---- */

static void a_record_that_is_cut_is_read_up_to_there(void **state)
{
    (void)state;
    listen_to(2, 1);
    begin_record();
    add_pad(1, ControlA);
    add_pad(2, ControlB);
    end_record();
    const size_t n_all = n_words;
    for (size_t n = 0; n <= n_all; n++) {
        uint32 first, second;
        n_words = n;
        correspondent_do(&broker, send_record);
        const Err is_second = get_pad(2, &second);
        const Err is_first = get_pad(1, &first);
        assert_int_equal(is_first, n >= 9);
        assert_int_equal(is_second, n >= 17);
        assert_replied();
    }
}

static void frames_with_wrong_sizes_end_a_record(void **state)
{
    (void)state;
    static const uint32 sizes[] = {0, 1, 27, 29, 33, 72, 0x7ffffffc, 0x80000000, 0xfffffffc};
    listen_to(2, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        begin_record();
        add_pad(1, ControlA);
        add_pad(2, ControlB);
        record[1] = sizes[i];
        say();
        assert_pad(1, 0, 0);
        assert_pad(2, 0, 0);
        assert_replied();
    }
    /* too little of its class, which takes nothing but itself */
    begin_record();
    add_frame(EVENTNUM_ControlButtonUpdate, 1, NULL, 0);
    add_frame(EVENTNUM_MouseMoved, 1, "12345678", 8);
    add_pad(2, ControlB);
    say();
    assert_mouse(1, 0, 0, 0, 0);
    assert_pad(1, 0, 0);
    assert_pad(2, 1, ControlB);
    assert_replied();
}

static void what_is_no_record_is_replied_to(void **state)
{
    (void)state;
    listen_to(1, 1);
    begin_record();
    add_pad(1, ControlA);
    record[0] = EB_EventReply;
    say();
    assert_pad(1, 0, 0);
    assert_replied();
    correspondent_do(&broker, send_small);
    assert_int_equal(broker.err, 0);
    assert_pad(1, 0, 0);
    assert_replied();
    say_pad(1, ControlA);
    assert_pad(1, 1, ControlA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_broker_there_is_nothing),
        cmocka_unit_test_setup_teardown(it_asks_for_updates_of_pads_and_mice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_one_means_with_the_focus, set_up, tear_down),
        cmocka_unit_test_setup_teardown(there_are_1_to_255_of_each, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_does_not_wait_for_the_broker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broker_that_goes_refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_known_is_written_even_if_nothing_changed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(changes_of_others_are_stored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_latest_state_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_it_did_not_ask_for_is_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_waits_for_this_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waiting_ends_when_it_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waiting_ends_when_it_is_aborted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_left_of_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(beginning_again_ends_what_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_child_of_fork_has_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_record_that_is_cut_is_read_up_to_there, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(frames_with_wrong_sizes_end_a_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_record_is_replied_to, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
