Feature: A policy that fails harms nobody
  A module is somebody else's program. Whatever it does, the client is answered and the server goes on.

  Background:
    Given the server "full"
    And the series are counted from now on

  @OC-POLICY-4011
  Scenario Outline: A module that would <misdeed> is stopped
    When the interactive task "a" asks its policy to <misdeed>
    Then the task "a" is accepted
    And the counter policy_decisions_total with decision "fail" has grown by 1
    And the log says that the policy "judge" failed for the task "a", and to allow it held
    When the interactive task "b" asks its policy to deny it
    Then the answer is 403 FORBIDDEN

    Examples:
      | misdeed                 |
      | loop for ever           |
      | take all memory         |
      | call itself without end |
      | point out of its memory |
      | answer at length        |
      | say nothing sensible    |
      | give up                 |

  @OC-POLICY-4012
  Scenario: What a module fails to decide is decided as its entry says
    When the batch task "a" asks its policy to allow it
    Then the answer is 403 FORBIDDEN
    And the details name the policy "unsure"
    And the log says that the policy "unsure" failed for the task "a", and to deny it held
    When the interactive task "b" asks its policy to give up
    Then the task "b" is accepted
    And the log says that the policy "judge" failed for the task "b", and to allow it held
