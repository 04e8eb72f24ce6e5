Feature: Which model serves
  A name leads to a digest, the state of the model says who may have it, and what is retired is gone.

  @ORCH-3062 @OC-CAT-4205
  Scenario Outline: A task may name its model by its <name>
    Given the server "full"
    And the model "m" that is Active
    When the task "a" asks for the model "m" by its <name>
    Then the task "a" is accepted
    And the task "a" tells the digest of the model "m"

    Examples:
      | name   |
      | id     |
      | digest |
      | tag    |

  @OC-CAT-4212
  Scenario Outline: A model that is <state> serves nobody
    Given the server "full"
    And the model "m" that is <state>
    When the task "a" asks for the model "m" by its tag
    Then the answer is 400 INVALID_PARAMS
    And the details point at "/model_ref"

    Examples:
      | state   |
      | Draft   |
      | Retired |

  @ORCH-3070 @OC-CAT-4211
  Scenario: A deprecated model serves the sessions that it has
    Given the server "full"
    And the model "m" that is Active
    And that tasks are of the session "old"
    And the task "a" has ended on the model "m"
    When the model "m" is made Deprecated
    And the task "b" asks for the model "m" by its id
    Then the task "b" is accepted
    When tasks are of the session "new" from now on
    And the task "c" asks for the model "m" by its id
    Then the answer is 403 MODEL_DEPRECATED

  @ORCH-3070 @OC-CAT-4211
  Scenario: After its deadline a deprecated model serves nobody
    Given the server "full"
    And the model "m" that is Active
    And that tasks are of the session "old"
    And the task "a" has ended on the model "m"
    And the series are counted from now on
    When the model "m" is made Deprecated with the `deadline_ms` 0
    And the task "b" asks for the model "m" by its id
    Then the answer is 403 MODEL_DEPRECATED
    And the counter tasks_rejected_total with reason "MODEL_DEPRECATED" has grown by 1

  @ORCH-3033 @OC-CAT-4214
  Scenario: A canary gets its share of new sessions, and keeps it
    Given the server "full"
    And one tag of the active model "old" and of the canary "new", which gets 0.5
    When many new sessions ask for the tag
    Then some of them get the model "new" and the others "old"
    And each of them gets its model again

  @ORCH-3033 @OC-CAT-4214
  Scenario: One action rolls a canary back
    Given the server "full"
    And one tag of the active model "old" and of the canary "new", which gets 1
    When two new sessions ask for the tag
    Then all of them get the model "new"
    When the model "new" is made Draft
    And two new sessions ask for the tag
    Then all of them get the model "old"

  @ORCH-3061 @ORCH-3071 @OC-CAT-4204 @OC-CAT-4212
  Scenario: A strict server serves what is in its catalog, until it is retired
    Given a strict server of its own whose pool has a model of its own
    When a task is sent for its model
    Then the answer is 400 UNTRUSTED_ARTIFACT
    And its series tasks_rejected_total with reason=UNTRUSTED_ARTIFACT stands at 1
    When its pool is told to load the model "nobody-s"
    Then the answer is 400 UNTRUSTED_ARTIFACT
    When its model is registered and Active
    And a task for its model has ended
    When the model "own-model" is made Deprecated
    And the model "own-model" is made Retired
    Then its pool comes to be without a worker
    And the transcript of the task that ended is still there
    When a task is sent for its model
    Then the answer is 400 INVALID_PARAMS
    When its pool is told to load the model "own-model"
    Then the answer is 400 INVALID_PARAMS
    When it is killed and its catalog is opened by another
    Then its pool comes to be without a worker

  @ORCH-3037 @OC-CAT-4215
  Scenario: A worker loads the file that was registered, and no other
    Given a strict server of its own that runs an engine with a model file
    Then its pool is not ready, since "no model of this name"
    When the model of its pool is registered with another file
    Then its pool is not ready, since "none of the model's"
    When the model "own-model" is taken out
    And the model of its pool is registered with that file
    Then its pool gets ready
