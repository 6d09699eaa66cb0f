"""The UK Core must-haves we enforce, as a table of ours. One line a rule; tests/unit/fhir/test_ukcore.py holds it against the definitions.

Source: UKCore.R4.STU.02.00.00 (UK Core 2.0.0), differentials with a cardinality or a fixed value beyond FHIR R4. A rule reads

    path low..high          how often the last element occurs under each parent that is there; either bound may be left out
    path = value            every value there is this one

A path is below the resource; "name:slice" counts only what SLICES says belongs to the slice; "value[x]" is any type of the choice.
"""

from __future__ import annotations

TABLE: dict[str, str] = {
    "AllergyIntolerance": "code 1..",
    "Appointment": "extension:deliveryChannel ..1",
    "Composition": "extension:careSettingType ..1",
    "DiagnosticReport-Lab": (
        "extension:compositionReferenceR5 ..1; extension:supportingInfoR5.extension 2..; category 1..; "
        "category:LAB 1..1; category:LAB.coding.system = http://terminology.hl7.org/CodeSystem/v2-0074; "
        "category:LAB.coding.code = LAB; subject 1..; performer.extension:deviceReference ..1"
    ),
    "DiagnosticReport": (
        "extension:compositionReferenceR5 ..1; extension:supportingInfoR5.extension 2..; performer.extension:deviceReference ..1"
    ),
    "List": "extension:careSettingType ..1",
    "Location": (
        "identifier:odsSiteCode ..1; identifier:odsSiteCode.system 1..; "
        "identifier:odsSiteCode.system = https://fhir.nhs.uk/Id/ods-site-code; identifier:odsSiteCode.value 1.."
    ),
    "Medication": "code 1..",
    "MedicationRequest": "substitution 1..",
    "MedicationStatement": "identifier.system 1..; identifier.value 1..",
    "Observation-ACVPU": "status = final; category 1..1; code.coding.code = 1104441000000107; subject 1..; effective[x] 1..; component ..0",
    "Observation-AlcoholConsumption": (
        "status = final; category 1..1; "
        "category.coding.system = http://terminology.hl7.org/CodeSystem/observation-category; "
        "category.coding.code = social-history; subject 1..; effective[x] 1..; value[x] 1.."
    ),
    "Observation-AverageBloodPressure": (
        "status = final; category 1..1; subject 1..; effective[x] 1..; value[x] ..0; specimen ..0; component 1..2; "
        "component:SystolicBP 1..1; component:SystolicBP.code.text = Systolic blood pressure; "
        "component:SystolicBP.value[x].unit = millimeter of mercury; "
        "component:SystolicBP.value[x].system = http://unitsofmeasure.org; component:SystolicBP.value[x].code = mm[Hg]; "
        "component:DiastolicBP ..1; component:DiastolicBP.code.text = Diastolic blood pressure; "
        "component:DiastolicBP.value[x].unit = millimeter of mercury; "
        "component:DiastolicBP.value[x].system = http://unitsofmeasure.org; component:DiastolicBP.value[x].code = mm[Hg]"
    ),
    "Observation-BloodGlucose": (
        "status = final; category 1..1; subject 1..; effective[x] 1..; value[x].unit = millimoles per litre; "
        "value[x].system = http://unitsofmeasure.org; value[x].code = mmol/L"
    ),
    "Observation-EarlyWarningTotalScore": (
        "status = final; category 1..1; "
        "category.coding.system = http://terminology.hl7.org/CodeSystem/observation-category; "
        "category.coding.code = survey; subject 1..; effective[x] 1..; value[x].system = http://unitsofmeasure.org; "
        "value[x].code = {ScoreOf}; component.value[x].system = http://unitsofmeasure.org; "
        "component.value[x].code = {ScoreOf}"
    ),
    "Observation-Group-Lab": (
        "category 1..; category:laboratory 1..1; "
        "category:laboratory.coding.system = http://terminology.hl7.org/CodeSystem/observation-category; "
        "category:laboratory.coding.code = laboratory"
    ),
    "Observation-InspiredOxygen": "status = final; subject 1..; effective[x] 1..; interpretation ..0; bodySite ..0; specimen ..0",
    "Observation-Lab": (
        "category 1..; category:laboratory 1..1; "
        "category:laboratory.coding.system = http://terminology.hl7.org/CodeSystem/observation-category; "
        "category:laboratory.coding.code = laboratory"
    ),
    "Observation-TobaccoConsumption": (
        "category 1..1; category.coding.system = http://terminology.hl7.org/CodeSystem/observation-category; "
        "category.coding.code = social-history; subject 1.."
    ),
    "Observation-VitalSigns-BMI": (
        "code.coding:loinc.code = 39156-5; code.coding:snomedCT ..1; code.coding:snomedCT.system 1..; "
        "code.coding:snomedCT.code 1..; value[x] 1..; value[x].value 1..; value[x].system 1..; "
        "value[x].system = http://unitsofmeasure.org; value[x].code 1..; value[x].code = kg/m2"
    ),
    "Observation-VitalSigns-BloodPressure": (
        "code.coding:loinc.code = 85354-9; value[x] ..0; specimen ..0; component 1..2; component.code.coding:loinc 1..1; "
        "component.code.coding:loinc.system = http://loinc.org; component.code.coding:snomedCT 1..; "
        "component.code.coding:snomedCT.system = http://snomed.info/sct; component:SystolicBP 1..1; "
        "component:SystolicBP.code.coding:loinc 1..1; component:SystolicBP.code.coding:loinc.code = 8480-6; "
        "component:SystolicBP.code.coding:loinc.display = Systolic blood pressure; "
        "component:SystolicBP.code.coding:snomedCT 1..; component:SystolicBP.code.text = Systolic blood pressure; "
        "component:SystolicBP.value[x] 1..; component:SystolicBP.value[x].unit = millimeter of mercury; "
        "component:SystolicBP.value[x].system = http://unitsofmeasure.org; component:SystolicBP.value[x].code = mm[Hg]; "
        "component:DiastolicBP ..1; component:DiastolicBP.code.coding:loinc 1..1; "
        "component:DiastolicBP.code.coding:loinc.code = 8462-4; "
        "component:DiastolicBP.code.coding:loinc.display = Diastolic blood pressure; "
        "component:DiastolicBP.code.coding:snomedCT 1..; component:DiastolicBP.code.text = Diastolic blood pressure; "
        "component:DiastolicBP.value[x] 1..; component:DiastolicBP.value[x].unit = millimeter of mercury; "
        "component:DiastolicBP.value[x].system = http://unitsofmeasure.org; component:DiastolicBP.value[x].code = mm[Hg]"
    ),
    "Observation-VitalSigns-BodyHeight": "code.coding:loinc.code = 8302-2; value[x] 1..",
    "Observation-VitalSigns-BodyTemperature": (
        "code.coding:loinc.code = 8310-5; code.coding:snomedCT ..1; code.coding:snomedCT.system 1..; "
        "code.coding:snomedCT.code 1..; value[x] 1..; value[x].unit 1..; value[x].unit = degree Celsius; "
        "value[x].system = http://unitsofmeasure.org; value[x].code = Cel"
    ),
    "Observation-VitalSigns-BodyWeight": (
        "code.coding:loinc.code = 29463-7; value[x] 1..; value[x].unit = kilogram; "
        "value[x].system = http://unitsofmeasure.org; value[x].code = kg"
    ),
    "Observation-VitalSigns-HeadCircumference": (
        "code.coding:loinc.code = 9843-4; value[x] 1..; value[x].unit = centimeter; "
        "value[x].system = http://unitsofmeasure.org; value[x].code = cm"
    ),
    "Observation-VitalSigns-HeartRate": (
        "code.coding:loinc.code = 8867-4; code.coding:snomedCT ..1; code.coding:snomedCT.system 1..; "
        "code.coding:snomedCT.code 1..; value[x] 1..; value[x].unit 1..; value[x].unit = per minute; value[x].system 1..; "
        "value[x].system = http://unitsofmeasure.org; value[x].code 1..; value[x].code = /min"
    ),
    "Observation-VitalSigns-OxygenSaturation": (
        "code.coding:loinc.code = 2708-6; code.coding:snomedCT ..1; code.coding:snomedCT.system 1..; "
        "code.coding:snomedCT.code 1..; value[x] 1..; value[x].value 1..; value[x].unit 1..; value[x].unit = percent; "
        "value[x].system 1..; value[x].system = http://unitsofmeasure.org; value[x].code 1..; value[x].code = %"
    ),
    "Observation-VitalSigns-RespirationRate": (
        "code.coding:loinc.code = 9279-1; code.coding:snomedCT.system 1..; code.coding:snomedCT.code 1..; value[x] 1..; "
        "value[x].value 1..; value[x].unit 1..; value[x].unit = per minute; value[x].system 1..; "
        "value[x].system = http://unitsofmeasure.org; value[x].code 1..; value[x].code = /min"
    ),
    "Observation-VitalSigns": (
        "status = final; category 1..1; "
        "category.coding.system = http://terminology.hl7.org/CodeSystem/observation-category; "
        "category.coding.code = vital-signs; code.coding:loinc 1..1; code.coding:loinc.system = http://loinc.org; "
        "code.coding:snomedCT 1..; code.coding:snomedCT.system = http://snomed.info/sct; subject 1..; effective[x] 1.."
    ),
    "Organization": (
        "identifier:odsOrganisationCode ..1; identifier:odsOrganisationCode.system 1..; "
        "identifier:odsOrganisationCode.system = https://fhir.nhs.uk/Id/ods-organization-code; "
        "identifier:odsOrganisationCode.value 1..; identifier:odsSiteCode ..1; identifier:odsSiteCode.system 1..; "
        "identifier:odsSiteCode.system = https://fhir.nhs.uk/Id/ods-site-code; identifier:odsSiteCode.value 1.."
    ),
    "Patient": (
        "extension:ethnicCategory ..1; identifier:nhsNumber ..1; "
        "identifier:nhsNumber.extension:nhsNumberVerificationStatus ..1; identifier:nhsNumber.system 1..; "
        "identifier:nhsNumber.system = https://fhir.nhs.uk/Id/nhs-number; identifier:nhsNumber.value 1..; "
        "communication.extension:proficiency ..1"
    ),
    "ServiceRequest-Lab": (
        "extension:sourceOfServiceRequest ..1; extension:coverage ..1; "
        "category:genomicsWholeCaseSequencing.coding.system = https://fhir.hl7.org.uk/CodeSystem/UKCore-GenomeSequencingCategory"
    ),
    "ServiceRequest": (
        "extension:sourceOfServiceRequest ..1; extension:coverage ..1; "
        "category:genomicsWholeCaseSequencing.coding.system = https://fhir.hl7.org.uk/CodeSystem/UKCore-GenomeSequencingCategory"
    ),
    "Slot": "extension:deliveryChannel ..1",
    "Specimen": (
        "extension:sampleCategory ..1; collection.extension:CollectorR5 ..1; "
        "collection.bodySite.extension:bodySiteReference ..1; container.extension:deviceR5 ..1; "
        "container.extension:locationR5 ..1"
    ),
    "Subscription": "extension:subscriptionContentR5 ..1",
}

# A profile built on another one keeps that one's rules.
BASES = {
    "Observation-VitalSigns-BMI": "Observation-VitalSigns",
    "Observation-VitalSigns-BloodPressure": "Observation-VitalSigns",
    "Observation-VitalSigns-BodyHeight": "Observation-VitalSigns",
    "Observation-VitalSigns-BodyTemperature": "Observation-VitalSigns",
    "Observation-VitalSigns-BodyWeight": "Observation-VitalSigns",
    "Observation-VitalSigns-HeadCircumference": "Observation-VitalSigns",
    "Observation-VitalSigns-HeartRate": "Observation-VitalSigns",
    "Observation-VitalSigns-OxygenSaturation": "Observation-VitalSigns",
    "Observation-VitalSigns-RespirationRate": "Observation-VitalSigns",
}

_UKCORE = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
_R5 = "http://hl7.org/fhir/5.0/StructureDefinition/extension-"

# What makes an element belong to a slice: each path on it has the value. Extensions belong by their address.
SLICES: dict[str, tuple[tuple[str, str], ...]] = {
    "identifier:nhsNumber": (("system", "https://fhir.nhs.uk/Id/nhs-number"),),
    "identifier:odsOrganisationCode": (("system", "https://fhir.nhs.uk/Id/ods-organization-code"),),
    "identifier:odsSiteCode": (("system", "https://fhir.nhs.uk/Id/ods-site-code"),),
    "coding:loinc": (("system", "http://loinc.org"),),
    "coding:snomedCT": (("system", "http://snomed.info/sct"),),
    "component:SystolicBP": (("code.text", "Systolic blood pressure"),),
    "component:DiastolicBP": (("code.text", "Diastolic blood pressure"),),
    "category:laboratory": (("coding.code", "laboratory"), ("coding.system", "http://terminology.hl7.org/CodeSystem/observation-category")),
    "category:LAB": (("coding.code", "LAB"), ("coding.system", "http://terminology.hl7.org/CodeSystem/v2-0074")),
    "category:genomicsWholeCaseSequencing": (("coding.system", "https://fhir.hl7.org.uk/CodeSystem/UKCore-GenomeSequencingCategory"),),
    "extension:CollectorR5": (("url", f"{_R5}Specimen.collection.collector"),),
    "extension:bodySiteReference": (("url", f"{_UKCORE}BodySiteReference"),),
    "extension:careSettingType": (("url", f"{_UKCORE}CareSettingType"),),
    "extension:compositionReferenceR5": (("url", f"{_R5}DiagnosticReport.composition"),),
    "extension:coverage": (("url", f"{_UKCORE}Coverage"),),
    "extension:deliveryChannel": (("url", f"{_UKCORE}DeliveryChannel"),),
    "extension:deviceR5": (("url", f"{_R5}Specimen.container.device"),),
    "extension:deviceReference": (("url", f"{_UKCORE}DeviceReference"),),
    "extension:ethnicCategory": (("url", f"{_UKCORE}EthnicCategory"),),
    "extension:locationR5": (("url", f"{_R5}Specimen.container.location"),),
    "extension:nhsNumberVerificationStatus": (("url", f"{_UKCORE}NHSNumberVerificationStatus"),),
    "extension:proficiency": (("url", "http://hl7.org/fhir/StructureDefinition/patient-proficiency"),),
    "extension:sampleCategory": (("url", f"{_UKCORE}SampleCategory"),),
    "extension:sourceOfServiceRequest": (("url", f"{_UKCORE}SourceOfServiceRequest"),),
    "extension:subscriptionContentR5": (("url", f"{_R5}Subscription.content"),),
    "extension:supportingInfoR5": (("url", f"{_R5}DiagnosticReport.supportingInfo"),),
}
