/*
 * Tables of handlers: what is set up, who is told of what and when, and what is left of it.
 */
#include <cmocka.h>
#include <string.h>

#include "include/portfolio/msgutils.h"
#include "include/portfolio/operror.h"
#include "tests/unit/bridge/portfolio/correspondent.h"
#include "tests/unit/bridge/portfolio/waiting.h"

#define N_TOLD 16

/* The table's are not const in that system. */
static char made[] = "made", whatever[] = "whatever", left_behind[] = "left behind";
static char nameless[] = "", bad[] = "\n";

/* What handlers were told, in its order. */
static struct told {
    const MSEventData *event;
    void *context;
    Item item;
    const Message *message;
    int32 words[2];
} told[N_TOLD];
static int n_told;

/* What a handler is to do besides: userData. */
struct task_of_handler {
    int32 result; /* it returns that */
    void (*act)(MSEventData *event);
};

static int set_up(void **state)
{
    (void)state;
    memset(told, 0, sizeof told);
    n_told = 0;
    return 0;
}

static int32 note(MSEventData *event, void *context)
{
    assert_true(n_told < N_TOLD);
    struct told *now = &told[n_told++];
    *now = (struct told){event, context, event->msgItem, event->msgPtr, {0, 0}};
    if (event->msgValues != NULL) {
        now->words[0] = event->msgValues[0].num;
        if ((event->msgPtr->msg.n_Flags & MESSAGE_SMALL) != 0)
            now->words[1] = event->msgValues[1].num;
    }
    const struct task_of_handler *rest = event->userData;
    if (rest != NULL && rest->act != NULL)
        rest->act(event);
    return rest != NULL ? rest->result : 0;
}

static struct task_of_handler last = {.result = 77};

static uint32 allocated(void)
{
    return CURRENTTASK->t_AllocatedSigs;
}

static Item send_to(Item target, Item reply, int32 word)
{
    const Item message = CreateMsg(NULL, 0, reply);
    assert_int_equal(SendMsg(target, message, &word, sizeof word), 0);
    return message;
}

/* ---- setting up and cleaning up ---- */

static void signals_and_ports_are_made(void **state)
{
    (void)state;
    const uint32 before = allocated();
    MSEventData events[] = {{.handler = note},
                            {.name = made, .handler = note, .signal = 0x40},
                            {.name = nameless, .handler = note},
                            {.handler = note, .signal = SIGF_DEADTASK | SIGF_IODONE}};
    const MSEventHandle handle = SetupMSEvents(events, 4, 0);
    assert_true(handle > 0);
    assert_int_equal(events[0].signal, 0x100);
    assert_int_equal(events[0].port, 0);
    const MsgPort *port = LookupItem(events[1].port);
    assert_string_equal(port->mp.n_Name, "made");
    assert_int_equal(port->mp_Signal, events[1].signal);
    port = LookupItem(events[2].port);
    assert_null(port->mp.n_Name);
    assert_int_equal(port->mp_Signal, events[2].signal);
    assert_int_equal(events[3].signal, SIGF_DEADTASK | SIGF_IODONE);
    assert_int_equal(allocated(), before | 0x700);
    for (int i = 0; i < 4; i++)
        assert_int_equal(events[i].backLink, handle);

    const Item ports[] = {events[1].port, events[2].port};
    CleanupMSEvents(handle);
    assert_int_equal(allocated(), before);
    assert_null(LookupItem(ports[0]));
    assert_null(LookupItem(ports[1]));
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), BADITEM);
    CleanupMSEvents(handle);

    const MSEventHandle again = SetupMSEvents(events, 4, 0); /* as it was at first */
    assert_true(again > 0);
    assert_int_not_equal(again, handle);
    assert_int_equal(allocated(), before | 0x700);
    assert_non_null(LookupItem(events[1].port));
    CleanupMSEvents(again);
    assert_int_equal(allocated(), before);
}

static void what_programs_made_stays_theirs(void **state)
{
    (void)state;
    const uint32 before = allocated();
    const Item port = CreateMsgPort("mine", 0, 0);
    const int32 signal = AllocSignal(0);
    MSEventData events[] = {{.handler = note, .signal = signal},
                            {.name = whatever, .handler = note, .port = port}};
    const MSEventHandle handle = SetupMSEvents(events, 2, 0);
    assert_true(handle > 0);
    assert_int_equal(events[1].port, port);
    assert_int_equal(events[1].signal, ((const MsgPort *)LookupItem(port))->mp_Signal);
    assert_true(FindMsgPort("whatever") < 0);
    CleanupMSEvents(handle);
    assert_non_null(LookupItem(port));
    assert_int_equal(events[1].port, port);
    assert_int_equal(events[0].signal, signal);
    assert_int_equal(DeleteMsgPort(port), 0);
    assert_int_equal(FreeSignal((uint32)signal), 0);
    assert_int_equal(allocated(), before);
}

static void bad_tables_leave_nothing(void **state)
{
    (void)state;
    const uint32 before = allocated();
    struct correspondent other;
    correspondent_begin(&other);
    MSEventData events[3] = {{.handler = note}, {.name = made, .handler = note}};
    assert_int_equal(SetupMSEvents(NULL, 1, 0), BADPTR);
    assert_int_equal(SetupMSEvents(events, -1, 0), BADSIZE);
    assert_int_equal(SetupMSEvents(events, 3, 0), BADPTR); /* it has no handler */
    assert_int_equal(allocated(), before);
    assert_int_equal(events[0].signal, 0);
    assert_int_equal(events[1].port, 0);
    events[2] = (MSEventData){.name = bad, .handler = note};
    assert_int_equal(SetupMSEvents(events, 3, 0), BADNAME);
    events[2].port = CURRENTTASK->t.n_Item;
    assert_int_equal(SetupMSEvents(events, 3, 0), BADITEM);
    events[2].port = other.port;
    assert_int_equal(SetupMSEvents(events, 3, 0), NOTOWNER);
    assert_int_equal(events[2].port, other.port);
    events[2].port = 0;
    events[2].name = NULL;
    while (AllocSignal(0) != 0) {
    }
    assert_int_equal(SetupMSEvents(events, 3, 0), MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_NoSigs));
    assert_int_equal(FreeSignal(~before & 0x7fffffff), 0);
    assert_true(FindMsgPort("made") < 0);
    CleanupMSEvents(0);
    CleanupMSEvents(-1);
    CleanupMSEvents(CURRENTTASK->t.n_Item);
    assert_int_equal(DispatchMSEvents(0, NULL, 0), BADITEM);
    assert_int_equal(DispatchMSEvents(CURRENTTASK->t.n_Item, NULL, 0), BADITEM);
    correspondent_end(&other);
}

static MSEventHandle shared_handle;

static void meddle(struct correspondent *self)
{
    self->err = DispatchMSEvents(shared_handle, NULL, 0);
    CleanupMSEvents(shared_handle);
}

static void a_table_is_its_tasks_alone(void **state)
{
    (void)state;
    struct correspondent other;
    MSEventData event = {.handler = note, .userData = &last};
    shared_handle = SetupMSEvents(&event, 1, 0);
    correspondent_begin(&other);
    correspondent_do(&other, meddle);
    assert_int_equal(other.err, BADITEM);
    correspondent_end(&other);
    assert_int_equal(SendSignal(0, (uint32)event.signal), 0);
    assert_int_equal(DispatchMSEvents(shared_handle, NULL, 0), 77);
    CleanupMSEvents(shared_handle);
}

static void leave_one_behind(struct correspondent *self)
{
    static MSEventData event = {.name = left_behind, .handler = note};
    self->item = SetupMSEvents(&event, 1, 0);
}

static void a_table_goes_with_its_task(void **state)
{
    (void)state;
    struct correspondent other;
    correspondent_begin(&other);
    correspondent_do(&other, leave_one_behind);
    assert_true(other.item > 0);
    correspondent_end(&other);
    assert_true(FindMsgPort("left behind") < 0);
    assert_null(LookupItem(other.item));
}

/* ---- dispatching ---- */

static void a_handler_is_told_of_each_message(void **state)
{
    (void)state;
    const Item reply = CreateMsgPort(NULL, 0, 0);
    MSEventData events[] = {{.name = made, .handler = note},
                            {.name = whatever, .handler = note, .userData = &last}};
    const MSEventHandle handle = SetupMSEvents(events, 2, 0);
    const Item messages[] = {send_to(events[0].port, reply, 11), send_to(events[0].port, reply, 12),
                             CreateSmallMsg(NULL, 0, reply), CreateMsg(NULL, 0, reply)};
    assert_int_equal(SendSmallMsg(events[0].port, messages[2], 13, 14), 0);
    assert_int_equal(SendMsg(events[1].port, messages[3], NULL, 0), 0);
    int context;
    assert_int_equal(DispatchMSEvents(handle, &context, 0), 77);
    assert_int_equal(n_told, 4);
    for (int i = 0; i < 4; i++) {
        assert_ptr_equal(told[i].event, &events[i == 3]);
        assert_ptr_equal(told[i].context, &context);
        assert_int_equal(told[i].item, messages[i]);
        assert_ptr_equal(told[i].message, LookupItem(messages[i]));
        assert_int_equal(told[i].words[0], i < 3 ? 11 + i : 0);
        assert_int_equal(ReplyMsg(messages[i], 0, NULL, 0), 0); /* they are held */
    }
    assert_int_equal(told[2].words[1], 14);
    assert_null(events[1].msgValues);
    CleanupMSEvents(handle);
    assert_int_equal(DeleteMsgPort(reply), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(DeleteMsg(messages[i]), 0);
}

static void a_handler_is_told_which_signals_came(void **state)
{
    (void)state;
    const uint32 several = (uint32)AllocSignal(0x700000);
    MSEventData events[] = {{.handler = note, .signal = (int32)several},
                            {.handler = note, .userData = &last}};
    const MSEventHandle handle = SetupMSEvents(events, 2, 0);
    assert_int_equal(SendSignal(0, 0x500000 | (uint32)events[1].signal), 0);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 77);
    assert_int_equal(n_told, 2);
    assert_int_equal(told[0].item, 0x500000);
    assert_int_equal(told[1].item, events[1].signal);
    assert_null(told[0].message);
    assert_null(events[0].msgValues);
    assert_int_equal(GetCurrentSignals(), 0);
    CleanupMSEvents(handle);
    assert_int_equal(FreeSignal(several), 0);
}

static void messages_without_a_signal_are_found(void **state)
{
    (void)state;
    const Item port = CreateMsgPort(NULL, 0, 0);
    const Item message = send_to(port, port, 5);
    assert_true(WaitSignal(((const MsgPort *)LookupItem(port))->mp_Signal) > 0);
    MSEventData event = {.name = nameless, .handler = note, .userData = &last, .port = port};
    const MSEventHandle handle = SetupMSEvents(&event, 1, 0);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 77);
    assert_int_equal(told[0].item, message);
    CleanupMSEvents(handle);
    assert_int_equal(DeleteMsg(message), 0);
    assert_int_equal(DeleteMsgPort(port), 0);
}

static Item main_task;
static uint32 signal_to_send;

static void send_once_it_waits(struct correspondent *self)
{
    until_it_waits(main_task);
    self->err = SendSignal(main_task, signal_to_send);
}

static void abort_it(struct correspondent *self)
{
    (void)self;
    abort_once_it_waits(main_task);
}

static void it_waits_until_something_comes(void **state)
{
    (void)state;
    struct correspondent other;
    MSEventData event = {.handler = note, .userData = &last};
    main_task = CURRENTTASK->t.n_Item;
    MSEventHandle handle = SetupMSEvents(&event, 1, 0);
    signal_to_send = (uint32)event.signal;
    correspondent_begin(&other);
    correspondent_tell(&other, send_once_it_waits);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 77);
    assert_true(correspondent_done(&other));
    correspondent_tell(&other, abort_it);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), ABORTED);
    assert_true(correspondent_done(&other));
    CleanupMSEvents(handle);

    event = (MSEventData){.handler = note, .userData = &last, .signal = SIGF_ABORT};
    handle = SetupMSEvents(&event, 1, 0);
    correspondent_tell(&other, abort_it);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 77); /* it has a handler */
    assert_true(correspondent_done(&other));
    CleanupMSEvents(handle);
    handle = SetupMSEvents(NULL, 0, 0);
    correspondent_tell(&other, abort_it);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), ABORTED);
    assert_true(correspondent_done(&other));
    CleanupMSEvents(handle);
    correspondent_end(&other);
}

static void what_is_left_waits_for_the_next_time(void **state)
{
    (void)state;
    struct task_of_handler first = {.result = 5};
    MSEventData events[] = {{.name = nameless, .handler = note, .userData = &first},
                            {.handler = note, .userData = &last}};
    const MSEventHandle handle = SetupMSEvents(events, 2, 0);
    const Item messages[] = {send_to(events[0].port, events[0].port, 1),
                             send_to(events[0].port, events[0].port, 2)};
    assert_int_equal(SendSignal(0, (uint32)events[1].signal), 0);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 5);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 5);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 77);
    assert_int_equal(n_told, 3);
    assert_int_equal(told[0].item, messages[0]);
    assert_int_equal(told[1].item, messages[1]);
    CleanupMSEvents(handle);
    assert_int_equal(DeleteMsg(messages[0]), 0);
    assert_int_equal(DeleteMsg(messages[1]), 0);
}

/* ---- disabling ---- */

static void disable_it(MSEventData *event)
{
    DisableMSEvent(event, 0);
}

/* The one before it in the table. */
static void enable_its_neighbour(MSEventData *event)
{
    EnableMSEvent(event - 1, 0);
}

static void what_comes_for_a_disabled_one_waits(void **state)
{
    (void)state;
    struct task_of_handler once = {.act = disable_it};
    MSEventData events[] = {{.name = nameless, .handler = note, .userData = &once},
                            {.handler = note, .userData = &once},
                            {.handler = note, .userData = &last}};
    const MSEventHandle handle = SetupMSEvents(events, 3, 0);
    const Item messages[] = {send_to(events[0].port, events[0].port, 1),
                             send_to(events[0].port, events[0].port, 2)};
    const uint32 both = (uint32)events[1].signal | (uint32)events[2].signal;
    assert_int_equal(SendSignal(0, both), 0);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 77);
    assert_int_equal(n_told, 3); /* one message, though there are two */
    assert_int_equal(SendSignal(0, both), 0);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 77);
    assert_int_equal(n_told, 4);
    assert_ptr_equal(told[3].event, &events[2]);
    /* it waits for theirs no more */
    assert_int_equal(GetCurrentSignals(), events[0].signal | events[1].signal);

    /* both tell at once what they kept */
    EnableMSEvent(&events[0], 0);
    EnableMSEvent(&events[1], 0);
    assert_int_equal(SendSignal(0, (uint32)events[2].signal), 0);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 77);
    assert_int_equal(n_told, 7);
    assert_int_equal(told[4].item, messages[1]);
    assert_ptr_equal(told[5].event, &events[1]);
    CleanupMSEvents(handle);
    assert_int_equal(DeleteMsg(messages[0]), 0);
    assert_int_equal(DeleteMsg(messages[1]), 0);
}

static void a_handler_enables_one_that_is_told_at_once(void **state)
{
    (void)state;
    struct task_of_handler second = {.act = enable_its_neighbour};
    MSEventData events[] = {{.handler = note, .userData = &last},
                            {.handler = note, .userData = &second}};
    const MSEventHandle handle = SetupMSEvents(events, 2, 0);
    DisableMSEvent(&events[0], 0);
    assert_int_equal(SendSignal(0, (uint32)(events[0].signal | events[1].signal)), 0);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 77);
    assert_int_equal(n_told, 2);
    assert_ptr_equal(told[0].event, &events[1]);
    assert_ptr_equal(told[1].event, &events[0]);
    CleanupMSEvents(handle);
    DisableMSEvent(&events[0], 0); /* nobody's any more */
    EnableMSEvent(&events[0], 0);
}

/* One signal of two events, of which one is disabled: what it takes is kept for the other. */
static void a_shared_signal_comes_to_both(void **state)
{
    (void)state;
    const int32 signal = AllocSignal(0);
    MSEventData events[] = {{.handler = note, .signal = signal, .userData = &last},
                            {.handler = note, .signal = signal, .userData = &last}};
    const MSEventHandle handle = SetupMSEvents(events, 2, 0);
    DisableMSEvent(&events[0], 0);
    assert_int_equal(SendSignal(0, (uint32)signal), 0);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 77);
    EnableMSEvent(&events[0], 0);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 77);
    assert_int_equal(n_told, 2);
    assert_ptr_equal(told[0].event, &events[1]);
    assert_ptr_equal(told[1].event, &events[0]);
    CleanupMSEvents(handle);
    assert_int_equal(FreeSignal((uint32)signal), 0);
}

/* ---- out from under it ---- */

static void clean_up(MSEventData *event)
{
    CleanupMSEvents(event->backLink);
}

static void a_handler_may_clean_up(void **state)
{
    (void)state;
    const uint32 before = allocated();
    struct task_of_handler end = {.act = clean_up};
    MSEventData events[] = {{.name = nameless, .handler = note, .userData = &end},
                            {.handler = note}};
    MSEventHandle handle = SetupMSEvents(events, 2, 0);
    const Item reply = CreateMsgPort(NULL, 0, 0);
    const Item message = send_to(events[0].port, reply, 1);
    assert_int_equal(SendSignal(0, (uint32)events[1].signal), 0);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), BADITEM);
    assert_int_equal(n_told, 1);
    end.result = 3;
    handle = SetupMSEvents(events, 2, 0);
    assert_int_equal(SendMsg(events[0].port, message, NULL, 0), 0);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), 3);
    assert_int_equal(DeleteMsg(message), 0);
    assert_int_equal(DeleteMsgPort(reply), 0);
    assert_int_equal(allocated(), before);
}

static void a_port_that_is_gone_is_an_error(void **state)
{
    (void)state;
    MSEventData event = {.name = nameless, .handler = note};
    const MSEventHandle handle = SetupMSEvents(&event, 1, 0);
    assert_int_equal(DeleteMsgPort(event.port), 0);
    assert_int_equal(DispatchMSEvents(handle, NULL, 0), BADITEM);
    CleanupMSEvents(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_and_ports_are_made),
        cmocka_unit_test(what_programs_made_stays_theirs),
        cmocka_unit_test(bad_tables_leave_nothing),
        cmocka_unit_test_setup(a_table_is_its_tasks_alone, set_up),
        cmocka_unit_test(a_table_goes_with_its_task),
        cmocka_unit_test_setup(a_handler_is_told_of_each_message, set_up),
        cmocka_unit_test_setup(a_handler_is_told_which_signals_came, set_up),
        cmocka_unit_test_setup(messages_without_a_signal_are_found, set_up),
        cmocka_unit_test_setup(it_waits_until_something_comes, set_up),
        cmocka_unit_test_setup(what_is_left_waits_for_the_next_time, set_up),
        cmocka_unit_test_setup(what_comes_for_a_disabled_one_waits, set_up),
        cmocka_unit_test_setup(a_handler_enables_one_that_is_told_at_once, set_up),
        cmocka_unit_test_setup(a_shared_signal_comes_to_both, set_up),
        cmocka_unit_test_setup(a_handler_may_clean_up, set_up),
        cmocka_unit_test_setup(a_port_that_is_gone_is_an_error, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
