/*
 * The headers as C++. Compiled, not run.
 */
#include "interfaces.h"
#include "legato.h"

class Counter
{
  public:
    static void Expired(le_timer_Ref_t timerRef)
    {
        auto *counter = static_cast<Counter *>(le_timer_GetContextPtr(timerRef));
        counter->count++;
        LE_INFO("%d", counter->count);
    }

  private:
    int count = 0;
};

static Counter TheCounter;
static le_dls_List_t DoublyLinked = LE_DLS_LIST_INIT;
static le_sls_List_t SinglyLinked = LE_SLS_LIST_INIT;
static le_dls_Link_t Doubly = LE_DLS_LINK_INIT;
static le_sls_Link_t Singly = LE_SLS_LINK_INIT;

COMPONENT_INIT
{
    le_timer_Ref_t timer = le_timer_Create("counter");
    le_timer_SetHandler(timer, Counter::Expired);
    le_timer_SetContextPtr(timer, &TheCounter);
    LE_ASSERT_OK(le_timer_Start(timer));
    LE_ERROR_IF(timer == nullptr, "%s", LE_RESULT_TXT(LE_FAULT));
    Doubly = LE_DLS_LINK_INIT;
    le_dls_Stack(&DoublyLinked, &Doubly);
    le_sls_Stack(&SinglyLinked, &Singly);
    LE_TEST_INIT;
    LE_TEST(true);
    LE_TEST_EXIT;
}
