import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.StructureDefinition;
import org.hl7.fhir.r4.model.ValueSet;

/**
 * Validates R4 resources against profiles with HAPI's instance validator: somebody else's reading of FHIR, not ours.
 *
 * Arguments: folders of StructureDefinition, ValueSet and CodeSystem files in XML or JSON (searched in depth). Standard input: one resource as
 * JSON a line, judged against the profiles it claims. Standard output: for each error and warning one line "number TAB severity TAB place TAB
 * message", number counting lines of input from 0; then "done TAB lines". Codes of systems that are not in the folders are not judged.
 */
public class ProfileCheck {
  private static final Pattern DEFINES =
      Pattern.compile("(?:<|\"resourceType\"\\s*:\\s*\")(?:StructureDefinition|ValueSet|CodeSystem)\\b");

  public static void main(String[] arguments) throws Exception {
    FhirContext context = FhirContext.forR4();
    DefaultProfileValidationSupport own = new DefaultProfileValidationSupport(context);
    PrePopulatedValidationSupport profiles = new PrePopulatedValidationSupport(context);
    own.fetchAllStructureDefinitions().forEach(profiles::addStructureDefinition); // so that they are also found by url|4.0.1
    for (String folder : arguments) {
      load(context, profiles, Path.of(folder));
    }
    UnknownCodeSystemWarningValidationSupport unknown = new UnknownCodeSystemWarningValidationSupport(context);
    ValidationSupportChain chain = new ValidationSupportChain(
        own,
        profiles,
        new SnapshotGeneratingValidationSupport(context),
        new CommonCodeSystemsTerminologyService(context),
        new InMemoryTerminologyServerValidationSupport(context),
        unknown);
    FhirInstanceValidator instance = new FhirInstanceValidator(chain);
    instance.setAnyExtensionsAllowed(true);
    instance.setErrorForUnknownProfiles(true);
    FhirValidator validator = context.newValidator().registerValidatorModule(instance);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    int number = 0;
    for (String line = in.readLine(); line != null; line = in.readLine(), number++) {
      for (SingleValidationMessage message : validator.validateWithResult(line).getMessages()) {
        if (message.getSeverity().ordinal() >= ResultSeverityEnum.WARNING.ordinal()) {
          String words = message.getMessage().replaceAll("\\s+", " ");
          out.println(number + "\t" + message.getSeverity().getCode() + "\t" + message.getLocationString() + "\t" + words);
        }
      }
    }
    out.println("done\t" + number);
  }

  private static void load(FhirContext context, PrePopulatedValidationSupport profiles, Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.walk(folder)) {
      files = found.filter(path -> path.toString().matches(".*\\.(xml|json)")).sorted().toList();
    }
    for (Path file : files) {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      if (DEFINES.matcher(text).find()) {
        IParser parser = file.toString().endsWith(".xml") ? context.newXmlParser() : context.newJsonParser();
        IBaseResource resource = parser.parseResource(text);
        if (resource instanceof StructureDefinition definition) {
          profiles.addStructureDefinition(definition);
        } else if (resource instanceof ValueSet values) {
          profiles.addValueSet(values);
        } else if (resource instanceof CodeSystem codes) {
          profiles.addCodeSystem(codes);
        }
      }
    }
  }
}
