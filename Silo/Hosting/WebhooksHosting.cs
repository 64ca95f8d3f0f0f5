using Crm.Engine;
using Crm.Silo.Postgres;
using Crm.Silo.Webhooks;

namespace Crm.Silo.Hosting;

/// <summary>Webhooks, and what operators do about reactions that do not get through.</summary>
public static class WebhooksHosting
{
    /// <summary>Registers <see cref="IListeners"/>, <see cref="IWebhooks"/> and <see cref="IDeadLetters"/>. Needs the engine and a <see cref="RecordHost"/>.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services, WebhookOptions options)
    {
        services.AddSingleton(options).AddSingleton<WebhookSender>().AddSingleton<DeliveryLog>();
        services.AddSingleton<IWebhooks>(of => of.GetRequiredService<DeliveryLog>());
        services.AddSingleton<IDeadLetters, DeadLetters>();
        services.AddSingleton<IListeners>(of => new WebhookBook(
            of.GetRequiredService<ILists>, () => of.GetRequiredService<RecordHost>().Records, of.GetRequiredService<DeliveryLog>(),
            of.GetRequiredService<WebhookSender>(), of.GetRequiredService<IFeed>(), of.GetRequiredService<TimeProvider>()));
        return services;
    }
}
