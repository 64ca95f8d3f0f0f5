using System.Collections.Frozen;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Configuration;

namespace Crm.Cluster;

/// <summary>Teaches Orleans the types of <see cref="Wire"/>.</summary>
public static class WireHosting
{
    /// <summary>The same for silos and for their clients.</summary>
    public static IServiceCollection AddWire(this IServiceCollection services)
    {
        services.AddSerializer(serializer => serializer.AddJsonSerializer(
            Wire.Carries, static _ => false, options => options.Configure(json => json.SerializerOptions = Wire.Options)));
        services.AddSingleton<IGeneralizedCopier, AsItIs>();
        services.Configure<ExceptionSerializationOptions>(exceptions => exceptions.SupportedNamespacePrefixes.Add("Crm"));
        services.Configure<TypeManifestOptions>(types =>
        {
            foreach (var (name, type) in Wire.Types)
            {
                types.WellKnownTypeAliases[name] = type;
            }
        });
        return services;
    }

    /// <summary>Inside one process a value is given as it is: none of these types ever changes.</summary>
    private sealed class AsItIs : IGeneralizedCopier
    {
        private static readonly FrozenSet<Type> Types = Wire.Types.Values.ToFrozenSet();

        public bool IsSupportedType(Type type) => Types.Contains(type);

        public object? DeepCopy(object? input, CopyContext context) => input;
    }
}
