Feature: Keeping artifacts
  What was stored stays, over restarts too, within a room that is bounded for each tenant.

  @OC-CTRL-2075
  Scenario: Artifacts in files outlive their server, even one that had no time to do anything
    Given a server of its own that keeps artifacts in files
    And it has stored the artifact "a" with the content {"kept": true}
    When it is killed and started again
    Then it still has the artifact "a"

  @OC-CTRL-2076
  Scenario: Who has filled the room is refused, and loses nothing
    Given the server "keeping"
    When artifacts are stored by the key "hoarder" until one is refused
    Then the answer is 429 QUOTA_EXCEEDED
    And the policy that refused is "quota"
    And headers and body tell a time to come back
    And all artifacts that were stored are there for the key "hoarder"

  @OC-CTRL-2077
  Scenario: An artifact that the whole room would not hold is too large, and takes nobody's place
    Given the server "keeping"
    And the artifact "small" with the content {"stays": true}
    When an artifact is stored that the whole room would not hold
    Then the answer is 413 PAYLOAD_TOO_LARGE
    And the artifact "small" is read back whole

  @OC-CTRL-2078
  Scenario: What cannot be written is not accepted, and can be stored later
    Given a server of its own that keeps artifacts in files
    When its folder is taken away and the artifact "a" is sent
    Then the answer is 500 INTERNAL
    And the artifact "a" is stored once the folder is back

  @OC-CTRL-2069
  Scenario: What was damaged while the server was down is not served
    Given a server of its own that keeps artifacts in files
    And it has stored the artifact "a" with the content {"kept": true}
    When it is killed, every file in its folder is cut in half, and it is started again
    And the artifact "a" is read there
    Then the answer is 500 INTERNAL

  @OC-CTRL-2076
  Scenario: The room of a tenant is its own
    Given the server "keeping"
    When artifacts are stored by the key "hoarder" until one is refused
    And the artifact "beside" is stored with the content {"of": "another tenant"}
    Then the answer has the status 201

  @OC-CTRL-2076
  Scenario: Transcripts are forgotten in time
    Given the server "keeping"
    And that tasks go to the pool "keeping"
    And the task "a" has ended
    Then the transcript of the task "a" is soon forgotten
