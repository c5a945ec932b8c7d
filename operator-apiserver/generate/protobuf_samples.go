//go:build ignore

// Writes objects as Go clients send them, in JSON and in protobuf, for the tests of src/protobuf.
//
//	cd $(mktemp -d) && go mod init samples && cp REPOSITORY/operator-apiserver/generate/protobuf_samples.go main.go
//	sed -i '/^.*go:build ignore/d' main.go
//	go get k8s.io/api@v0.37.2 k8s.io/apimachinery@v0.37.2 k8s.io/apiextensions-apiserver@v0.37.2 && go mod tidy
//	go run . REPOSITORY/operator-apiserver/src
//
// One line each: what it is, the path that it is posted to ("-" where it is not meant to be), its JSON, its protobuf in
// base64, between tabs. "filled" are objects of every served kind, and what else requests hold, with something in each
// field; a pod's spec is filled in a Pod only. "case" are the objects that builtin/testdata/answers.json tells of.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	eventsv1 "k8s.io/api/events/v1"
	networkingv1 "k8s.io/api/networking/v1"
	nodev1 "k8s.io/api/node/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensionsv1beta1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var scheme = runtime.NewScheme()

func main() {
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, authenticationv1.AddToScheme, authorizationv1.AddToScheme, autoscalingv1.AddToScheme,
		autoscalingv2.AddToScheme, batchv1.AddToScheme, coordinationv1.AddToScheme, corev1.AddToScheme,
		discoveryv1.AddToScheme, eventsv1.AddToScheme, networkingv1.AddToScheme, nodev1.AddToScheme,
		policyv1.AddToScheme, rbacv1.AddToScheme, schedulingv1.AddToScheme, storagev1.AddToScheme,
		apiextensionsv1.AddToScheme, apiextensionsv1beta1.AddToScheme,
	} {
		check(add(scheme))
	}
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	source := os.Args[1]
	kinds := map[string]schema.GroupVersionKind{}
	var all []schema.GroupVersionKind
	var rows []struct{ Group, Version, Kind, Plural string }
	read(filepath.Join(source, "builtin/data/resources.json"), &rows)
	for _, row := range rows {
		gvk := schema.GroupVersionKind{Group: row.Group, Version: row.Version, Kind: row.Kind}
		kinds[gvk.GroupVersion().String()+"/"+row.Plural] = gvk
		all = append(all, gvk)
	}
	all = append(all,
		authenticationv1.SchemeGroupVersion.WithKind("TokenRequest"), autoscalingv1.SchemeGroupVersion.WithKind("Scale"),
		policyv1.SchemeGroupVersion.WithKind("Eviction"), corev1.SchemeGroupVersion.WithKind("DeleteOptions"),
		apiextensionsv1beta1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	sort.Slice(all, func(i, j int) bool { return all[i].String() < all[j].String() })

	var out bytes.Buffer
	for _, gvk := range all {
		object, err := scheme.New(gvk)
		check(err)
		f := filler{withPodSpec: gvk.Kind == "Pod"}
		f.fill(reflect.ValueOf(object).Elem(), 0)
		write(&out, "filled", "-", gvk, object)
	}
	var cases []struct {
		Path   string
		Object json.RawMessage
	}
	read(filepath.Join(source, "builtin/testdata/answers.json"), &cases)
	for _, one := range cases {
		gvk, known := kinds[resourceOf(one.Path)]
		if !known {
			continue
		}
		object, err := scheme.New(gvk)
		check(err)
		if json.Unmarshal(one.Object, object) == nil {
			write(&out, "case", one.Path, gvk, object)
		}
	}
	check(os.WriteFile(filepath.Join(source, "protobuf/testdata/samples.tsv"), out.Bytes(), 0o644))
}

// resourceOf makes apps/v1/deployments of /apis/apps/v1/namespaces/x/deployments.
func resourceOf(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	last := parts[len(parts)-1]
	if parts[0] == "api" {
		return parts[1] + "/" + last
	}
	return parts[1] + "/" + parts[2] + "/" + last
}

func write(out *bytes.Buffer, what, path string, gvk schema.GroupVersionKind, object runtime.Object) {
	object.GetObjectKind().SetGroupVersionKind(gvk)
	text, err := json.Marshal(object)
	check(err)
	var wire bytes.Buffer
	check(protobuf.NewSerializer(scheme, scheme).Encode(object, &wire))
	fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", what, path, text, base64.StdEncoding.EncodeToString(wire.Bytes()))
}

type filler struct {
	withPodSpec bool
	count       int64
}

// fill puts something that is not the zero value everywhere below value.
func (f *filler) fill(value reflect.Value, schemas int) {
	f.count++
	text := fmt.Sprintf("t%d", f.count)
	switch at := value.Addr().Interface().(type) {
	case *metav1.TypeMeta:
		return
	case *metav1.Time:
		*at = metav1.NewTime(time.Unix(1_700_000_000+f.count, 0).UTC())
		return
	case *metav1.MicroTime:
		*at = metav1.NewMicroTime(time.Unix(1_700_000_000+f.count, 120_000).UTC())
		return
	case *resource.Quantity:
		*at = *resource.NewQuantity(f.count, resource.DecimalSI)
		return
	case *intstr.IntOrString:
		if f.count%2 == 0 {
			*at = intstr.FromString(text)
		} else {
			*at = intstr.FromInt32(int32(f.count))
		}
		return
	case *runtime.RawExtension:
		at.Raw = []byte(`{"raw":["` + text + `",1.5,null]}`)
		return
	case *metav1.FieldsV1:
		at.SetRawBytes([]byte(`{"f:` + text + `":["` + text + `"]}`))
		return
	case *apiextensionsv1.JSON:
		at.Raw = []byte(`{"raw":["` + text + `",1.5,null]}`)
		return
	case *apiextensionsv1beta1.JSON:
		at.Raw = []byte(`{"raw":["` + text + `",1.5,null]}`)
		return
	case *apiextensionsv1.JSONSchemaProps, *apiextensionsv1beta1.JSONSchemaProps:
		if schemas++; schemas > 1 {
			return
		}
	case *corev1.PodSpec:
		if !f.withPodSpec {
			at.Containers = []corev1.Container{{Name: text}}
			return
		}
	}
	switch value.Kind() {
	case reflect.Struct:
		for i := 0; i < value.NumField(); i++ {
			if value.Type().Field(i).IsExported() {
				f.fill(value.Field(i), schemas)
			}
		}
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		f.fill(value.Elem(), schemas)
	case reflect.Slice:
		if value.Type().Elem().Kind() == reflect.Uint8 {
			value.SetBytes([]byte(text))
			return
		}
		value.Set(reflect.MakeSlice(value.Type(), 2, 2))
		f.fill(value.Index(0), schemas)
		f.fill(value.Index(1), schemas)
	case reflect.Map:
		value.Set(reflect.MakeMap(value.Type()))
		key, element := reflect.New(value.Type().Key()).Elem(), reflect.New(value.Type().Elem()).Elem()
		f.fill(key, schemas)
		f.fill(element, schemas)
		value.SetMapIndex(key, element)
	case reflect.String:
		value.SetString(text)
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Int32, reflect.Int64:
		if value.SetInt(f.count); f.count%3 == 0 {
			value.SetInt(-f.count)
		}
	case reflect.Float64:
		value.SetFloat(float64(f.count) / 2)
	default:
		panic(value.Type().String())
	}
}

func read(path string, into any) {
	text, err := os.ReadFile(path)
	check(err)
	check(json.Unmarshal(text, into))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
