#include "outcome.h"

#include <stddef.h>
#include <string.h>

enum { FAILED = 1, RECOVERY_STOPPED = 255 };

/* The same table as io.pgsidecar.agent.ExitCode, which says what each means; a test holds the two together. */
static const struct {
  int status;
  const char *word;
  int code; /* of every verb but restore */
} table[] = {
    [ARCHIVED] = {200, "archived", 0},
    [DRAINED] = {200, "drained", 0},
    [RESTORED] = {200, "restored", 42},
    [ABSENT] = {404, "absent", 42},
    [BAD_REQUEST] = {400, "bad-request", 43},
    [BAD_SEGMENT] = {422, "bad-segment", 44},
    [OTHER_CLUSTER] = {409, "other-cluster", 45},
    [CONFLICT] = {409, "conflict", 46},
    [REPOSITORY_UNAVAILABLE] = {503, "repository-unavailable", 47},
    [REPOSITORY_DENIED] = {403, "repository-denied", 48},
    [CORRUPT] = {502, "corrupt", 49},
    [STOPPING] = {503, "stopping", 40},
    [AGENT_FAILED] = {500, "failed", 42},
    [NO_AGENT] = {0, NULL, 40},
    [TIMED_OUT] = {0, NULL, 41},
    [NOT_UNDERSTOOD] = {0, NULL, 42},
    [USAGE] = {0, NULL, 2},
    [SHIM_FAILED] = {0, NULL, FAILED},
};

enum outcome outcome_of_answer(enum verb verb, int status, const char *word) {
  for (int i = ARCHIVED; i <= AGENT_FAILED; i++) {
    if (table[i].status == status && strcmp(table[i].word, word) == 0) {
      enum outcome outcome = (enum outcome)i;
      bool other_verb = (outcome == ARCHIVED && verb != ARCHIVE) || (outcome == DRAINED && verb != DRAIN) ||
                        ((outcome == RESTORED || outcome == ABSENT) && verb != RESTORE);
      return other_verb ? NOT_UNDERSTOOD : outcome;
    }
  }
  return NOT_UNDERSTOOD;
}

int exit_code(enum verb verb, enum outcome outcome, bool standby) {
  if (verb != RESTORE) {
    /* Success of another verb is none of this one's. */
    bool others = (outcome == ARCHIVED && verb == DRAIN) || (outcome == DRAINED && verb != DRAIN);
    return others ? table[NOT_UNDERSTOOD].code : table[outcome].code;
  }
  switch (outcome) {
    case RESTORED:
      return 0;
    case ABSENT:
      return FAILED;
    default:
      /* PostgreSQL takes 1 to 125 for "the archive has no such file". A standby then streams and asks again;
         any other recovery ends there and promotes, so what is not proven absent has to stop it. */
      return standby ? FAILED : RECOVERY_STOPPED;
  }
}
