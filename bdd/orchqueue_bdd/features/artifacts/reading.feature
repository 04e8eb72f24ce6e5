Feature: Reading artifacts
  An artifact comes back as it was given, to those whom it belongs to and to nobody else.

  Background:
    Given the server "standard"

  @ORCH-3098 @smoke
  Scenario: An artifact can be read by its address
    Given the artifact "a" with the content {"text": "to be read"}
    When the artifact "a" is read by the key "data"
    Then the answer has the status 200

  @OC-CTRL-2066
  Scenario: Content, kind and time come back
    Given the artifact "a" with the content {"list": [1, 0.5, "é", null, true], "": {}}
    Then the artifact "a" is read back whole

  @OC-CTRL-2066
  Scenario: Tags, parent and metadata come back
    Given the artifact "p" with the content {"is": "a parent"}
    And the artifact "a" with tags, metadata and the parent "p"
    Then the artifact "a" is read back whole

  @OC-CTRL-2066
  Scenario: Another key of the tenant may read it
    Given the artifact "a" with the content {"shared": "in the tenant"}
    When the artifact "a" is read by the key "control"
    Then the answer has the status 200

  @OC-CTRL-2066
  Scenario: What another tenant has stored is not there
    Given the artifact "a" with the content {"text": "not for strangers"}
    When the artifact "a" is read by the key "stranger"
    Then the answer is 404 NOT_FOUND

  @OC-CTRL-2066
  Scenario Outline: There is nothing under <path>
    When a GET of <path> is sent
    Then the answer is 404 NOT_FOUND

    Examples:
      | path                                                                                  |
      | /v1/artifacts/sha256:0000000000000000000000000000000000000000000000000000000000000000 |
      | /v1/artifacts/sha256:00                                                               |
      | /v1/artifacts/sha512:0000000000000000000000000000000000000000000000000000000000000000 |
      | /v1/artifacts/..%2F..%2Fetc%2Fpasswd                                                  |
