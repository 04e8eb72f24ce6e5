Feature: Models of the catalog
  What is registered is kept as it was registered, under the one id that it has.

  @ORCH-3060 @OC-CAT-4201
  Scenario: A model is registered as a draft, with all that is known of it
    Given the server "full"
    When the model "m" is registered
    Then the answer has the status 201
    And the model "m" is told as it was registered
    And the model "m" is Draft

  @OC-CAT-4201
  Scenario Outline: The trust policy of a model is kept as it was registered: <mode>
    Given the server "full"
    When the model "m" is registered with the `trust_policy` {"mode": "<mode>"}
    Then the answer has the status 201
    And the trust policy of the model "m" is told as <mode>

    Examples:
      | mode       |
      | permissive |
      | strict     |

  @OC-CAT-4201
  Scenario: A signature of another kind is kept as it was registered
    Given the server "full"
    When the model "m" comes with a bundle
    Then the answer has the status 201
    And the signature of the model "m" is told as one of sigstore

  @OC-CAT-4201
  Scenario: The same registration again changes nothing
    Given the server "full"
    And the model "m" that is Active
    When the model "m" is registered
    Then the answer has the status 201
    And the model "m" is Active

  @OC-CAT-4201
  Scenario: An id belongs to one model
    Given the server "full"
    And the model "m" that is Draft
    When the model "m" is registered with the `tags` ["other"]
    Then the answer is 409 MODEL_CONFLICT
    And the model "m" is told as it was registered

  @OC-CAT-4201
  Scenario: A model that is taken out is no more there
    Given the server "full"
    And the model "m" that is Draft
    When the model "m" is taken out
    Then the answer has the status 204
    When the model "m" is read
    Then the answer is 404 NOT_FOUND
    When the model "m" is taken out
    Then the answer is 404 NOT_FOUND

  @OC-CAT-4201
  Scenario Outline: A registration with the <member> <value> is none
    Given the server "full"
    When the model "m" is registered with the `<member>` <value>
    Then the answer is 400 INVALID_PARAMS
    And the details point at "<pointer>"

    Examples:
      | member     | value                                       | pointer           |
      | id         | "a/b"                                       | /id               |
      | digest     | "sha256:abc"                                | /digest           |
      | source_url | "ftp://models.example/m"                    | /source_url       |
      | source_url | "https://name:password@models.example/m"    | /source_url       |
      | manifests  | []                                          | /manifests        |
      | signatures | [{"signer": "a", "algo": "rsa", "value": "b"}] | /signatures/0/algo |
      | trust_policy | {"mode": "lenient"}                       | /trust_policy/mode |
      | manifests  | [{"digest": "sha256:abc", "size_bytes": 1}] | /manifests/0/digest |
      | state      | "Active"                                    | /state            |

  @OC-CAT-4201
  Scenario Outline: <method> <path> sent <way> is <status>
    Given the server "full"
    When a <method> of <path> is sent <way>
    Then the answer is <status> <code>

    Examples:
      | method | path                    | way                      | status | code            |
      | POST   | /v1/catalog/models      | without a key            | 401    | UNAUTHENTICATED |
      | POST   | /v1/catalog/models      | with the key "data-only" | 403    | FORBIDDEN       |
      | GET    | /v1/catalog/models/{id} | without a key            | 401    | UNAUTHENTICATED |
      | GET    | /v1/catalog/models/{id} | with the key "data-only" | 403    | FORBIDDEN       |
      | GET    | /v1/catalog/models/{id} | with the key "control"   | 404    | NOT_FOUND       |
      | DELETE | /v1/catalog/models/{id} | without a key            | 401    | UNAUTHENTICATED |
      | DELETE | /v1/catalog/models/{id} | with the key "data-only" | 403    | FORBIDDEN       |

  @OC-CAT-4201
  Scenario Outline: <method> <path> with two hosts is none
    Given the server "full"
    When a <method> of <path> is sent with two hosts
    Then the answer is 400 INVALID_PARAMS

    Examples:
      | method | path                           |
      | GET    | /v1/catalog/models/{id}        |
      | DELETE | /v1/catalog/models/{id}        |
      | POST   | /v1/catalog/models/{id}/verify |

  @OC-CAT-4201 @OC-CAT-4210
  Scenario Outline: A body <what> is refused where models are registered and moved
    Given the server "full"
    When each of these routes gets a body <what>
      | path                          |
      | /v1/catalog/models            |
      | /v1/catalog/models/{id}/state |
    Then each of them that there is answers <status> <code>

    Examples:
      | what              | status | code                   |
      | that is too large | 413    | PAYLOAD_TOO_LARGE      |
      | of text/plain     | 415    | UNSUPPORTED_MEDIA_TYPE |

  @ORCH-3006
  Scenario: The rate of a key holds on the routes of operators, too
    Given the server "full"
    When the key "hurried" is refused, and sends on beyond its rate
      | method | path                           |
      | GET    | /v1/capabilities               |
      | GET    | /v1/pools/{id}/health          |
      | POST   | /v1/pools/{id}/drain           |
      | POST   | /v1/pools/{id}/reload          |
      | POST   | /v1/catalog/models             |
      | GET    | /v1/catalog/models/{id}        |
      | DELETE | /v1/catalog/models/{id}        |
      | POST   | /v1/catalog/models/{id}/verify |
      | POST   | /v1/catalog/models/{id}/state  |
    Then each of them that there is answers 429 RATE_LIMITED

  @OC-CAT-4201
  Scenario Outline: Without a catalog <method> <path> is not served
    Given the server "tight"
    When a <method> of <path> is sent
    Then nothing is served there

    Examples:
      | method | path                          |
      | POST   | /v1/catalog/models            |
      | GET    | /v1/catalog/models/{id}       |
      | POST   | /v1/catalog/models/{id}/state |

  @OC-CAT-4207
  Scenario: The catalog outlives a server that had no time to do anything
    Given a server of its own that has a catalog
    And it has the model "kept" that is Deprecated
    When it is killed and its catalog is opened by another
    Then the model "kept" is told as it was registered
    And the model "kept" is Deprecated

  @OC-CAT-4207 @OC-CAT-4201 @OC-CAT-4210
  Scenario: What cannot be written is answered as such, and leaves everything as it was
    Given a server of its own that has a catalog
    And it has the model "kept" that is Draft
    And its disk has no room left
    When the model "new" is registered there
    Then the answer is 500 INTERNAL
    When the model "kept" is made Active
    Then the answer is 500 INTERNAL
    When the model "kept" is taken out
    Then the answer is 500 INTERNAL
    And the model "kept" is Draft
    When its disk has room again
    And the model "new" is registered
    Then the answer has the status 201
