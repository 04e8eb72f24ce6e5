Feature: Which models are trusted
  A model is what its publisher has signed, from where it may come, made of what its SBOM says.

  Background:
    Given the server "full"

  @OC-CAT-4204
  Scenario: A strict policy takes what is trusted
    When the strict model "m" is registered
    Then the answer has the status 201
    And the model "m" has passed

  @OC-CAT-4216
  Scenario: A signature may be a Sigstore bundle
    When the strict model "m" comes with a bundle
    Then the answer has the status 201
    And the model "m" has passed

  @OC-CAT-4203
  Scenario: An SBOM may be SPDX
    When the model "m" is registered with an SBOM of the other kind
    Then the answer has the status 201
    And the model "m" has passed

  Scenario Outline: A strict policy refuses a model that comes <how>
    When the strict model "m" comes <how>
    Then the answer is 400 UNTRUSTED_ARTIFACT
    And the details point at "<pointer>"
    When the model "m" is read
    Then the answer is 404 NOT_FOUND

    @ORCH-3061 @OC-CAT-4202 @OC-CAT-4204
    Examples: signatures
      | how                                          | pointer     |
      | without a signature                          | /signatures |
      | signed by a stranger in the publisher's name | /signatures |
      | signed by a root that has expired            | /signatures |
      | with another manifest                        | /digest     |

    @OC-CAT-4216
    Examples: bundles
      | how                                     | pointer     |
      | with a bundle by another identity       | /signatures |
      | with a bundle from another issuer       | /signatures |
      | with a bundle of another Sigstore       | /signatures |
      | with a bundle by an expired certificate | /signatures |
      | with a bundle over something else       | /signatures |
      | with a bundle that is logged otherwise  | /signatures |
      | with a bundle that is none              | /signatures |

    @ORCH-3063
    Examples: registries and roots
      | how                                | pointer     |
      | signed by a stranger               | /signatures |
      | from another registry              | /source_url |
      | from outside of its registry       | /source_url |
      | with an SBOM from another registry | /sbom/uri   |

    @OC-CAT-4203
    Examples: SBOMs
      | how                            | pointer      |
      | without an SBOM                | /sbom        |
      | with the SBOM of another model | /sbom/uri    |
      | with an SBOM that was changed  | /sbom/digest |
      | with an SBOM that is none      | /sbom/uri    |
      | with an SBOM that is not there | /sbom/uri    |

  @OC-CAT-4204 @OC-CAT-4206
  Scenario Outline: A permissive policy takes a model that comes <how>, says so, and counts it
    Given the series are counted from now on
    When the model "m" comes <how>
    Then the answer has the status 201
    And the model "m" has the result warn because of <reason>
    And the counter catalog_verifications_total with reason "<reason>" has grown by 1

    Examples:
      | how                               | reason       |
      | with another manifest             | manifest     |
      | without a signature               | unsigned     |
      | signed by a stranger              | signer       |
      | signed by a root that has expired | expired      |
      | from another registry             | registry     |
      | without an SBOM                   | sbom-missing |
      | with the SBOM of another model    | sbom         |

  @ORCH-3064 @OC-CAT-4206
  Scenario: A check is counted and logged
    Given the series are counted from now on
    When the model "m" comes without a signature
    Then the counter catalog_verifications_total with reason "unsigned" has grown by 1
    And the log tells the result warn of the model "m" because of unsigned

  @ORCH-3064 @OC-CAT-4206
  Scenario: A refusal is counted and logged, too
    Given the series are counted from now on
    When the strict model "m" comes signed by a stranger
    Then the counter catalog_verifications_total with result "fail" has grown by 1
    And the log tells the result fail of the model "m" because of signer

  @ORCH-3065 @OC-CAT-4203
  Scenario: An SBOM is retained
    Given the strict model "m"
    When the SBOM of the model "m" is gone
    And the model "m" is verified
    Then the model "m" has passed

  @ORCH-3037 @OC-CAT-4208
  Scenario: A file that is what its manifest says passes
    Given the strict model "m"
    When the model "m" is verified
    Then the model "m" has passed

  @ORCH-3037 @OC-CAT-4208 @OC-CAT-4206
  Scenario: A file that was changed is found
    Given the model "m" that is Draft
    And the series are counted from now on
    When the file of the model "m" is changed
    And the model "m" is verified
    Then the model "m" has the result warn because of file
    And the counter catalog_verifications_total with reason "file" has grown by 1

  @OC-CAT-4208 @OC-CAT-4204 @OC-CAT-4206
  Scenario: A file that is gone is found
    Given the model "m" that is Draft
    And the series are counted from now on
    When the file of the model "m" is gone
    And the model "m" is verified
    Then the model "m" has the result warn because of source
    And the counter catalog_verifications_total with reason "source" has grown by 1

  @ORCH-3061 @OC-CAT-4204
  Scenario: What fails its check does not come into use
    Given the strict model "m"
    When the file of the model "m" is changed
    And the model "m" is verified
    Then the model "m" has the result fail because of file
    When the model "m" is made Active
    Then the answer is 400 UNTRUSTED_ARTIFACT
    And the model "m" is Draft

  @OC-CAT-4201
  Scenario Outline: POST /v1/catalog/models/{id}/verify sent <way> is <status>
    When a POST of /v1/catalog/models/{id}/verify is sent <way>
    Then the answer is <status> <code>

    Examples:
      | way                      | status | code            |
      | without a key            | 401    | UNAUTHENTICATED |
      | with the key "data-only" | 403    | FORBIDDEN       |
      | with the key "control"   | 404    | NOT_FOUND       |
