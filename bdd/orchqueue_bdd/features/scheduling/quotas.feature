Feature: Quotas and rates
  What one tenant may take is bounded, whatever there is, so that others find something.

  Background:
    Given the server "scheduled"
    And that tasks go to the pool "metered"

  @ORCH-3036 @OC-CORE-1051
  Scenario: A tenant has no more tasks in flight than its quota
    Given that the tenant "bounded" has 2 tasks of 4 tokens in flight
    When the tenant "bounded" submits the task "third" of 4 tokens
    Then the answer is 429 QUOTA_EXCEEDED

  @OC-CORE-1051
  Scenario: What has ended counts no more
    Given that the tenant "returning" has 2 tasks of 4 tokens in flight
    When the task 1 of the tenant "returning" is cancelled
    And the tenant "returning" submits the task "next" of 4 tokens
    Then the task "next" is accepted

  @ORCH-3036 @OC-CORE-1051
  Scenario: A tenant's tasks need no more memory than its quota
    Given that the tenant "lean" has 2 tasks of 100 tokens in flight
    When the tenant "lean" submits the task "large" of 100 tokens
    Then the answer is 429 QUOTA_EXCEEDED

  @OC-CORE-1051
  Scenario: A task that still fits into the memory is accepted
    Given that the tenant "leaner" has 2 tasks of 100 tokens in flight
    When the tenant "leaner" submits the task "small" of 4 tokens
    Then the task "small" is accepted

  @OC-CORE-1057
  Scenario: A task that its tenant's memory could never hold is not told to come back
    Given that the tenant "lean" has 1 tasks of 100 tokens in flight
    When the tenant "lean" submits the task "vast" of 300 tokens
    Then the answer is 400 INVALID_PARAMS
    And the details point at "/max_tokens"

  @ORCH-3077 @OC-CORE-1051
  Scenario: A quota is named as what refused, is counted, and says when to come back
    Given that the tenant "labelled" has 2 tasks of 4 tokens in flight
    And the series are counted from now on
    When the tenant "labelled" submits the task "third" of 4 tokens
    Then the answer is 429 QUOTA_EXCEEDED
    And the policy that refused is "quota"
    And headers and body advise the same time
    And these series have grown by
      | series                              | labels                | by |
      | tasks_rejected_total                | reason=QUOTA_EXCEEDED | 1  |
      | admission_backpressure_events_total | policy=quota          | 1  |

  @ORCH-3077
  Scenario: The quota of one tenant binds no other
    Given that the tenant "binding" has 2 tasks of 4 tokens in flight
    When the tenant "beside" submits the task "third" of 4 tokens
    Then the task "third" is accepted

  @ORCH-3006
  Scenario: A key may send a burst, and from then on no more than its rate
    When the key "paced burst" asks often
    Then the burst is served and then no more than the rate

  @ORCH-3006
  Scenario: The keys of a tenant share its rate
    When the keys "rushed one" and "rushed other" ask often by turns
    Then the burst is served and then no more than the rate

  @ORCH-3006
  Scenario: A rate is named as what refused, and says when to come back
    When the key "paced advice" asks until it is refused
    Then the answer is 429 RATE_LIMITED
    And the policy that refused is "rate-limit"
    And headers and body advise the same time

  @ORCH-3006
  Scenario: Who waits as advised is served
    When the key "paced advice" is refused, waits as it is advised, and asks again
    Then the request is served

  @ORCH-3006
  Scenario: The rate is judged before the body, and what it refuses is counted
    Given the series are counted from now on
    When the key "paced body" sends a body that is no JSON beyond its rate
    Then the answer is 429 RATE_LIMITED
    And these series have grown by
      | series                              | labels              | by |
      | tasks_rejected_total                | reason=RATE_LIMITED | 1  |
      | admission_backpressure_events_total | policy=rate-limit   | 1  |

  @ORCH-3006
  Scenario: The rate of one key binds no other
    Given that the key "paced beside" has asked often
    When the key "unpaced" asks once
    Then the request is served

  @ORCH-3006
  Scenario: The rate holds on every route that there is
    When the key "paced routes" is refused, and sends on beyond its rate
      | method | path                  |
      | POST   | /v1/tasks             |
      | POST   | /v1/tasks/{id}/cancel |
      | GET    | /v1/sessions/{id}     |
      | DELETE | /v1/sessions/{id}     |
      | POST   | /v1/artifacts         |
      | GET    | /v1/artifacts/{id}    |
    Then each of them that there is answers 429 RATE_LIMITED

  @OC-CTRL-2080
  Scenario Outline: A key reads in the capabilities how fast it and its tenant may send
    When the key "<key>" reads the capabilities
    Then every entry tells the rates <rates>

    Examples:
      | key              | rates                                    |
      | reading          | {"key_rps": 0.2, "key_burst": 3}         |
      | reading together | {"tenant_rps": 0.2, "tenant_burst": 3}   |
      | reading freely   | {}                                       |
