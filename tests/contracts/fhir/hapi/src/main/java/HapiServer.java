import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.config.HapiJpaConfig;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.jpa.subscription.submit.config.SubscriptionSubmitterConfig;
import ca.uhn.fhir.jpa.validation.JpaValidationSupportChain;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.rest.api.PreferHandlingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.interceptor.SearchPreferHandlingInterceptor;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.StructureDefinition;
import org.hl7.fhir.r4.model.ValueSet;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * A HAPI FHIR R4 JPA server over H2 in memory, on the loopback address. Says "ready" when it answers.
 *
 * Arguments: the port, and any folders of StructureDefinition, ValueSet and CodeSystem files in XML or JSON (searched in depth), which
 * $validate then knows beside FHIR's own.
 */
public final class HapiServer {
    private static final Pattern DEFINITION = Pattern.compile("\\.xml$|\\b(StructureDefinition|ValueSet|CodeSystem)-[^/]*\\.json$");

    private HapiServer() {}

    @Configuration
    @Import({JpaR4Config.class, HapiJpaConfig.class, JpaBatch2Config.class, Batch2JobsConfig.class,
        SubscriptionChannelConfig.class, SubscriptionSubmitterConfig.class, ThreadPoolFactoryConfig.class})
    static class Beans {
        @Bean
        FhirContext fhirContext() {
            return FhirContext.forR4();
        }

        @Bean
        JpaStorageSettings storageSettings() {
            JpaStorageSettings settings = new JpaStorageSettings();
            settings.setResourceClientIdStrategy(JpaStorageSettings.ClientIdStrategyEnum.ALPHANUMERIC);
            settings.setReuseCachedSearchResultsForMillis(null);
            settings.setAllowContainsSearches(true);
            return settings;
        }

        @Bean
        PartitionSettings partitionSettings() {
            return new PartitionSettings();
        }

        @Bean
        SubscriptionSettings subscriptionSettings() {
            return new SubscriptionSettings();
        }

        @Bean
        DataSource dataSource() {
            BasicDataSource source = new BasicDataSource();
            source.setUrl("jdbc:h2:mem:hapi;DB_CLOSE_DELAY=-1");
            source.setUsername("sa");
            source.setMaxTotal(16);
            return source;
        }

        @Bean
        LocalContainerEntityManagerFactoryBean entityManagerFactory(
                ConfigurableListableBeanFactory beans, FhirContext context, JpaStorageSettings settings, DataSource source) {
            LocalContainerEntityManagerFactoryBean made =
                HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, context, settings);
            made.setPersistenceUnitName("hapi");
            made.setDataSource(source);
            Properties properties = new Properties();
            properties.put("hibernate.dialect", HapiFhirH2Dialect.class.getName());
            properties.put("hibernate.hbm2ddl.auto", "update");
            properties.put("hibernate.search.enabled", "false");
            made.setJpaProperties(properties);
            return made;
        }

        @Primary
        @Bean
        PlatformTransactionManager transactionManager(EntityManagerFactory factory) {
            return new JpaTransactionManager(factory);
        }
    }

    /** The definitions of folders. */
    private static PrePopulatedValidationSupport defined(FhirContext context, List<String> folders) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String folder : folders) {
            try (Stream<Path> found = Files.walk(Path.of(folder))) {
                found.filter(path -> DEFINITION.matcher(path.toString()).find()).sorted().forEach(files::add);
            }
        }
        PrePopulatedValidationSupport definitions = new PrePopulatedValidationSupport(context);
        // FHIR's own as well, so that they are found by url|4.0.1, as other definitions name them.
        new DefaultProfileValidationSupport(context).fetchAllStructureDefinitions().forEach(definitions::addStructureDefinition);
        for (Path file : files) {
            IParser parser = file.toString().endsWith(".xml") ? context.newXmlParser() : context.newJsonParser();
            IBaseResource one = parser.parseResource(Files.readString(file, StandardCharsets.UTF_8));
            if (one instanceof StructureDefinition || one instanceof ValueSet || one instanceof CodeSystem) {
                definitions.addResource(one);
            }
        }
        return definitions;
    }

    @SuppressWarnings("unchecked")
    public static void main(String[] arguments) throws Exception {
        AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext(Beans.class);
        FhirContext context = beans.getBean(FhirContext.class);
        List<String> folders = List.of(arguments).subList(1, arguments.length);
        if (!folders.isEmpty()) {
            beans.getBean(JpaValidationSupportChain.class).addValidationSupport(0, defined(context, folders));
        }
        RestfulServer fhir = new RestfulServer(context);
        fhir.registerProviders(beans.getBean("myResourceProvidersR4", ResourceProviderFactory.class).createProviders());
        fhir.registerProvider(beans.getBean(JpaSystemProvider.class));
        DatabaseBackedPagingProvider pages = beans.getBean(DatabaseBackedPagingProvider.class);
        pages.setMaximumPageSize(5000); // so that a whole record comes in one answer where that is asked for
        fhir.setPagingProvider(pages);
        SearchPreferHandlingInterceptor handling = new SearchPreferHandlingInterceptor(beans.getBean(ISearchParamRegistry.class));
        handling.setDefaultBehaviour(PreferHandlingEnum.STRICT);
        fhir.registerInterceptor(handling);
        fhir.setServerConformanceProvider(new JpaCapabilityStatementProvider(fhir, beans.getBean(IFhirSystemDao.class),
            beans.getBean(JpaStorageSettings.class), beans.getBean(ISearchParamRegistry.class), beans.getBean(IValidationSupport.class)));
        Server server = new Server();
        ServerConnector door = new ServerConnector(server);
        door.setHost("127.0.0.1");
        door.setPort(Integer.parseInt(arguments[0]));
        server.addConnector(door);
        ServletContextHandler handler = new ServletContextHandler("/");
        handler.addServlet(new ServletHolder(fhir), "/fhir/*");
        server.setHandler(handler);
        server.start();
        System.out.println("ready");
        server.join();
    }
}
