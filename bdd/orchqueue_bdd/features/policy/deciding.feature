Feature: Policies decide about tasks
  What an operator wants of tasks beyond numbers is asked of modules, which know what they are told and nothing else.

  Background:
    Given the server "full"
    And the series are counted from now on

  @ORCH-3048 @OC-POLICY-4014
  Scenario: A task that a policy denies is refused with the reason
    When the interactive task "a" asks its policy to deny it
    Then the answer is 403 FORBIDDEN
    And the details tell the reason "not on my watch" of the policy "judge"
    And nothing of the task "a" has reached the engine
    And the counter tasks_rejected_total with reason "FORBIDDEN" has grown by 1

  @ORCH-3048 @OC-POLICY-4014
  Scenario: A task that no policy denies runs
    When the interactive task "a" asks its policy to allow it
    Then the task "a" is accepted
    And the task "a" comes to an end

  @OC-POLICY-4014
  Scenario: A policy sets the priority of a task
    When the batch task "a" asks its policy to put it first
    Then the task "a" is accepted
    And the counter tasks_enqueued_total with priority "interactive" has grown by 1
    And the counter policy_decisions_total with decision "change" has grown by 1

  @OC-POLICY-4014
  Scenario: A task that is submitted again is what was asked for, and is not judged again
    When the batch task "a" asks its policy to put it first
    And the task "a" is submitted again
    Then the answer repeats what the task "a" was told first
    When the task "a" is submitted again with the `priority` "interactive"
    Then the answer is 409 TASK_CONFLICT
    And the counter policy_decisions_total with plugin "judge" has grown by 1

  @OC-POLICY-4014
  Scenario: A task that is submitted many times at once is one task
    When the task "a" is submitted 6 times at once
    Then all of them are told the same
    And the task "a" runs once

  @OC-POLICY-4001
  Scenario: Nothing is carried over from one decision to the next
    When the interactive task "a" asks its policy to change its mind
    And the interactive task "b" asks its policy to change its mind
    Then the task "a" is accepted
    And the task "b" is accepted

  @OC-POLICY-4020
  Scenario: Each decision is logged and counted
    When the interactive task "a" asks its policy to allow it
    Then the policies are logged for the task "a" with
      | plugin_id | plugin_version | hook      | decision |
      | judge     | 1.2.3          | admission | allow    |
      | unsure    | 0.1.0          | admission | allow    |
    And these series have grown by
      | series                 | labels                        | by |
      | policy_decisions_total | plugin=judge, decision=allow  | 1  |
      | policy_decisions_total | plugin=unsure, decision=allow | 1  |

  @OC-POLICY-4020
  Scenario: Who denies ends the asking
    When the interactive task "a" asks its policy to deny it
    Then the policies are logged for the task "a" with
      | plugin_id | plugin_version | hook      | decision |
      | judge     | 1.2.3          | admission | deny     |
    And the counter policy_decisions_total with decision "deny" has grown by 1
